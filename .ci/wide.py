#!/usr/bin/env python3
"""wide.py BUILD: prints vector code where an older processor could come upon it.

That is in a symbol that a module with wide flags defines and the linker may share, for it could replace its baseline
twin in another module; and in the linked program, in any symbol that is not of such a module.
"""
import collections
import glob
import os
import platform
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def wide_instructions(path):
    """How many there are, by symbol."""
    # grep leaves the lines that matter: the assembly of a whole program is long.
    wide = r"\t(v[a-z]\w*|k(mov|ortest|and|or|xor)\w*)(\s|$)"
    command = f"objdump -d --no-show-raw-insn '{path}' | {{ grep -P '>:$|{wide}' || true; }}"
    symbol, hits = None, collections.Counter()
    for line in output("bash", "-o", "pipefail", "-c", command).splitlines():
        start = re.match(r"[0-9a-f]+ <(.*)>:", line)
        if start:
            symbol = start[1]
        else:
            hits[symbol] += 1
    return hits


def demangled(name):
    return output("swift", "demangle", "--compact", name).strip()[:160]


folders = sorted(glob.glob(f"{sys.argv[1]}/*AVX*.build"))
if not folders and platform.machine() == "x86_64":
    print(f"{sys.argv[1]} has no objects of the wide modules")
for folder in folders:
    module = folder.rsplit("/", 1)[1][: -len(".build")]
    for path in sorted(glob.glob(f"{folder}/*.o")):
        rows = [row.split(None, 2) for row in output("nm", "--defined-only", path).splitlines()]
        shared = {row[2] for row in rows if row[1] in "Ww"}
        for name, count in sorted(wide_instructions(path).items()):
            if name in shared and f"{len(module)}{module}" not in name:
                print(f"{module}: {count} wide instructions in {demangled(name)}")
program = f"{sys.argv[1]}/dcnconv"
if folders and os.path.exists(program):
    hits = wide_instructions(program)
    if not any("KernelsAVX" in name for name in hits):
        print(f"{program} has no wide instructions at all")
    for name, count in sorted(hits.items()):
        if "KernelsAVX" not in name:
            print(f"{program}: {count} wide instructions in {demangled(name)}")
