#!/usr/bin/env python3
"""Prints every import of one of our modules that the importing target does not declare.

The compiler's own check misses a dependency of a dependency.
"""
import glob
import json
import os
import re
import subprocess

description = json.loads(
    subprocess.run(["swift", "package", "describe", "--type", "json"], capture_output=True, text=True, check=True).stdout
)
ours = {target["name"] for target in description["targets"]}
pattern = re.compile(
    r"\s*(?:@\w+\s+)*(?:(?:package|public|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|enum|class|func|protocol)\s+)?(\w+)"
)
for target in description["targets"]:
    declared = set(target.get("target_dependencies") or [])
    for file in sorted(glob.glob(os.path.join(target["path"], "**/*.swift"), recursive=True)):
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                match = pattern.match(line)
                if match and match[1] in ours - declared - {target["name"]}:
                    print(f"{file}:{number}: {target['name']} imports {match[1]}, which it does not declare")
