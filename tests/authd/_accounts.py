# SPDX-License-Identifier: ISC
"""Hashes and users.cdb for the tests of authd."""
import ctypes
import ctypes.util
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from cdb import cdb, netstrings

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
libcrypt = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
libcrypt.crypt.restype = ctypes.c_char_p


def argon2id(password, mib=8):
    out = ctypes.create_string_buffer(128)
    p = password.encode()
    if sodium.crypto_pwhash_str_alg(out, p, ctypes.c_ulonglong(len(p)), ctypes.c_ulonglong(1),
                                    ctypes.c_size_t(mib << 20), 2):
        raise MemoryError
    return "{ARGON2ID}" + out.value.decode()


def crypted(scheme, password, salt):
    return "{%s}" % scheme + libcrypt.crypt(password.encode(), salt.encode()).decode()


def record(mailbox, hash, state="ok", label="", protocols=""):
    return netstrings(mailbox, state, hash, label, protocols)


def users(records):
    """{login: [record, ...]}"""
    return cdb([("v", "1")] + [("u" + name, b"".join(rows)) for name, rows in records.items()])
