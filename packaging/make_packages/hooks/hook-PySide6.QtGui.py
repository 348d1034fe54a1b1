"""Leave out the plugins of Qt that a window on a desktop never loads, and what only they need.

In place of PyInstaller's own hook: what is left out here brings no library along, as GTK would.
"""

from __future__ import annotations

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

UNUSED = (
    "egldeviceintegrations/",
    "generic/",
    "platforms/libqeglfs",
    "platforms/libqlinuxfb",
    "platforms/libqminimal",
    "platforms/libqvnc",
    "platforms/libqvkkhrdisplay",
    "platforms/libqwayland-egl",
    "platformthemes/libqgtk3",
    "platformthemes/libqxdgdesktopportal-",
    "imageformats/libqicns",
    "imageformats/libqtga",
    "imageformats/libqtiff",
    "imageformats/libqwbmp",
    "virtualkeyboard/",
    "wayland-graphics-integration-client/libdrm-egl",
    "wayland-graphics-integration-client/libdmabuf",
    "wayland-graphics-integration-client/libvulkan",
    "wayland-shell-integration/libivi",
    "wayland-shell-integration/libfullscreen",
)

hiddenimports, binaries, datas = add_qt6_dependencies(__file__)
binaries = [
    (source, target)
    for source, target in binaries
    if not any(word in str(source).replace("\\", "/") for word in UNUSED)
]
