"""Which modules a node loads.  Nothing else is loaded: what is not there cannot be attacked or misbehave.

`bridge_native_rtp` is left out on purpose: with it, two parties remaining of three lose all audio (it was
tried).  So is everything that answers strangers: no IAX, no AEL, no Lua, no ARI, no HTTP.
"""

from __future__ import annotations

from asterisk_conf.plan import Plan

_SIP = (
    "chan_pjsip",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id",
    "res_pjsip_dtmf_info",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_header_funcs",
    "res_pjsip_logger",
    "res_pjsip_nat",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_pubsub",  # chan_pjsip needs it
    "res_pjsip_registrar",
    "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp",
    "res_pjsip_session",
    "res_rtp_asterisk",
    "res_sorcery_astdb",  # registrations survive a restart
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_srtp",
    "res_timing_timerfd",
)
_BRIDGES = ("bridge_builtin_features", "bridge_builtin_interval_features", "bridge_simple", "bridge_softmix")
_MEDIA = ("codec_alaw", "codec_resample", "codec_ulaw", "format_pcm", "format_sln", "format_wav")
_APPLICATIONS = (
    "app_bridgeaddchan",
    "app_channelredirect",
    "app_chanspy",
    "app_dial",
    "app_echo",
    "app_exec",
    "app_mixmonitor",
    "app_originate",
    "app_playback",
    "app_playtones",
    "app_queue",
    "app_read",
    "app_record",
    "app_senddtmf",
    "app_softhangup",
    "app_stack",
    "app_userevent",
    "app_verbose",
    "app_while",
    "pbx_config",
    "res_agi",
    "res_musiconhold",
    "res_mutestream",
    "res_speech",  # res_agi needs it
)
_FUNCTIONS = (
    "func_callerid",
    "func_channel",
    "func_cut",
    "func_devstate",
    "func_dialplan",
    "func_global",
    "func_groupcount",
    "func_hangupcause",
    "func_logic",
    "func_math",
    "func_periodic_hook",  # app_mixmonitor needs it
    "func_pjsip_aor",
    "func_pjsip_contact",
    "func_pjsip_endpoint",
    "func_rand",
    "func_sprintf",
    "func_strings",
    "func_timeout",
    "func_uri",
    "func_volume",
)
_RECORDS = ("cel_custom", "res_manager_devicestate", "res_security_log")

SINCE_22 = ("res_cdrel_custom",)
"""Parts that newer releases split off (cel_custom needs it there); listed where they exist."""


def needed_modules(plan: Plan) -> tuple[str, ...]:
    """File names in the order in which they are listed; Asterisk itself sorts out the order of loading."""
    here = tuple(name for name in SINCE_22 if (plan.directories.modules / f"{name}.so").exists())
    ours = (*_SIP, *_BRIDGES, *_MEDIA, *_APPLICATIONS, *_FUNCTIONS, *_RECORDS, *here)
    return tuple(dict.fromkeys([*(f"{name}.so" for name in ours), *plan.features.more_modules]))
