"""The one device that v2 knows here, in the shape of reference §3.6."""

from __future__ import annotations

from ops.simulator.jsontext import Fields

ID = "kassa"
DEFAULT = "default"

EMPTY: Fields = {
    "id": "",
    "name": "",
    "connectionSettings": {
        "model": 500,
        "port": "usb",
        "com": "",
        "baudRate": 115200,
        "ipAddress": "",
        "ipPort": 5555,
        "mac": "",
        "usbDevice": "auto",
        "ofdChannel": "none",
        "accessPassword": "",
        "userPassword": "",
    },
    "otherSettings": {"useGlobal": True},
    "isActive": False,
    "isDefault": False,
    "isLock": False,
    "hasLicense": False,
}

MAPPING: Fields = {
    "model": {"АТОЛ (автоматически)": 500},
    "port": ["com", "usb", "tcp", "bluetooth"],
    "ofdChannel": ["none", "auto"],
    "baudRate": [9600, 19200, 38400, 57600, 115200],
}


def device(*, active: bool, locked: bool) -> Fields:
    """Give the device as it is now; `locked` says that its queue is blocked."""
    return {
        **EMPTY,
        "id": ID,
        "name": "Касса",
        "isActive": active,
        "isDefault": True,
        "isLock": locked,
        "hasLicense": True,
    }
