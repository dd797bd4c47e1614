"""Reads the command line and runs one command."""

from __future__ import annotations

import argparse
import importlib
import sys

from hotline_app.cli.fault import told

_COMMANDS = {
    "up": "启动整套系统（前台运行，Ctrl-C 停止）/ run everything in the foreground",
    "demo": "启动系统和一个模拟电话网 / run everything with a simulated telephone network",
    "call": "向运行中的系统打一个测试电话 / place one test call through the running system",
    "status": "显示节点、座席、队列和未解释的通话 / show what runs and how it is",
    "check": "检查配置和所有生成的文件 / validate configuration and generated files",
    "user": "管理用户 / manage users",
    "token": "为脚本发放令牌 / issue a token for a script",
    "test": "运行全部测试 / run all tests",
    "bench": "运行一个基准测试 / run a benchmark",
}


def parser() -> argparse.ArgumentParser:
    """The whole command line; each command's file adds its own options."""
    made = argparse.ArgumentParser(
        prog="./hotline", description="12345 政务服务便民热线 / the citizens' hotline", allow_abbrev=False
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="命令/COMMAND")
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        importlib.import_module(f"hotline_app.cli.{name}").options(command)
    return made


def main() -> int:
    """Runs the command; its exit code, 1 for a fault that was told, 130 after Ctrl-C."""
    known, rest = parser().parse_known_args()
    if rest and known.command not in ("test", "bench"):
        parser().parse_args()  # says which word is not known, and exits
    known.rest = rest
    module = importlib.import_module(f"hotline_app.cli.{known.command}")
    return told(lambda: int(module.run(known)))


if __name__ == "__main__":
    sys.exit(main())
