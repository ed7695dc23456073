"""A workload for captures: parses and compiles its own standard library. Usage: python3 trees.py SECONDS"""
import ast
import glob
import os
import sys
import time

end = time.time() + float(sys.argv[1] if len(sys.argv) > 1 else 5)
files = sorted(glob.glob(os.path.join(os.path.dirname(os.__file__), "*.py")))


class Names(ast.NodeVisitor):
    def __init__(self):
        self.counts = {}

    def visit_Name(self, node):
        self.counts[node.id] = self.counts.get(node.id, 0) + 1
        self.generic_visit(node)


def depth(node):
    return 1 + max((depth(child) for child in ast.iter_child_nodes(node)), default=0)


total = 0
while time.time() < end:
    for file in files:
        if time.time() >= end:
            break
        with open(file, encoding="utf-8", errors="replace") as handle:
            text = handle.read()
        tree = ast.parse(text)
        names = Names()
        names.visit(tree)
        total += depth(tree) + len(names.counts)
        compile(text, file, "exec")
        total += len(sorted(text.split(), key=lambda word: (len(word), word)))
print(total)
