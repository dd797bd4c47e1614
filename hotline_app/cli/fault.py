"""Faults that a person can put right are told in a line or two; all others keep their traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable


def told(command: Callable[[], int]) -> int:
    """Runs the command; tells known faults on stderr and returns 1 for them, 130 after Ctrl-C."""
    from asterisk_conf.apt_root import ObtainFault
    from asterisk_conf.fault import PlanRefused
    from crm import CrmError
    from hotline_app.settings_file import ConfigRefused
    from hotline_app.state import StateFault

    try:
        return command()
    except (ConfigRefused, PlanRefused) as refused:
        for fault in refused.faults:
            print(f"配置有误 / configuration: {fault}", file=sys.stderr)
    except (StateFault, ObtainFault) as fault:
        print(f"无法继续 / cannot go on: {fault}", file=sys.stderr)
    except CrmError as fault:
        print(f"无法继续 / cannot go on: {fault.detail}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
