"""What lies in a registry's folders, and damage to it."""

import hashlib


def tree(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def listed(registry):
    return [(entry.name, entry.shipped, entry.error) for entry in registry.entries()]


def damage(folder, file="model.safetensors"):
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
