#!/usr/bin/env python3
"""wide.py BUILD: prints vector code that a module with wide flags defines in a symbol the linker may share.

Such a symbol could replace its baseline twin in another module, and then crash on an older processor.
"""
import glob
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


for folder in sorted(glob.glob(f"{sys.argv[1]}/*AVX*.build")):
    module = folder.rsplit("/", 1)[1][: -len(".build")]
    for path in sorted(glob.glob(f"{folder}/*.o")):
        rows = [row.split(None, 2) for row in output("nm", "--defined-only", path).splitlines()]
        shared = {row[2] for row in rows if row[1] in "Ww"}
        symbol, hits = None, {}
        for line in output("objdump", "-d", "--no-show-raw-insn", path).splitlines():
            start = re.match(r"[0-9a-f]+ <(.*)>:", line)
            if start:
                symbol = start[1]
            elif symbol in shared and re.search(r"\t(v[a-z]\w*|k(mov|ortest|and|or|xor)\w*)\s", line):
                hits[symbol] = hits.get(symbol, 0) + 1
        for name, count in sorted(hits.items()):
            if f"{len(module)}{module}" not in name:
                print(f"{module}: {count} wide instructions in {output('swift', 'demangle', '--compact', name).strip()[:160]}")
