"""Small pictures for the README: what the browser shows, written as a PNG of 256 colours."""

import base64
import struct
import zlib

import numpy as np
from playwright.sync_api import Page

PIXELS = """async address => {
  const image = new Image(); image.src = address; await image.decode();
  const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
  const paper = canvas.getContext('2d'); paper.drawImage(image, 0, 0);
  const bytes = paper.getImageData(0, 0, image.width, image.height).data;
  let text = ''; for (let n = 0; n < bytes.length; n += 32768) text += String.fromCharCode(...bytes.subarray(n, n + 32768));
  return [image.width, image.height, btoa(text)];
}"""
COLOURS = 256


def indexed(blank: Page, png: bytes) -> bytes:
    """The same picture with a palette of the colours that matter: frequent ones, and rare ones that are like no other.

    `blank`: an empty page, which decodes it.
    """
    width, height, text = blank.evaluate(PIXELS, f"data:image/png;base64,{base64.b64encode(png).decode()}")
    pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height * width, 4)[:, :3]
    palette, places = _quantised(pixels)
    rows = np.insert(places.reshape(height, width), 0, 0, axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"PLTE", palette.tobytes())
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + _chunk(b"IEND", b"")


def _quantised(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The palette, and each pixel's place in it; a colour that found no place takes its nearest neighbour's."""
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    known = _rgb(colours)
    kept = [int(counts.argmax())]
    apart = _apart(known, known[kept[0]])
    nearest = np.zeros(len(colours), np.uint8)
    while len(kept) < min(COLOURS, len(colours)) and apart.any():
        kept.append(int((apart * np.sqrt(counts)).argmax()))
        distance = _apart(known, known[kept[-1]])
        nearest[distance < apart] = len(kept) - 1
        apart = np.minimum(apart, distance)
    return known[kept].astype(np.uint8), nearest[inverse.reshape(-1)]


def _apart(colours: np.ndarray, one: np.ndarray) -> np.ndarray:
    return ((colours - one) ** 2).sum(axis=1)


def _rgb(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.int32)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
