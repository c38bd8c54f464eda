"""Writes Fixtures/images: small pictures of every kind that dcnconv decodes, and what OpenCV makes of them.

Needs numpy, opencv-python-headless and Pillow. Files are in the arrays themselves: `kinds.npz` holds for each
kind `file/KIND`, the bytes of the PNG or JPEG, `stored/KIND`, cv2.imread's pixels (blue first) with the EXIF
orientation ignored, and `upright/KIND` with it applied where it differs. `resized.npz` holds `in/CASE`,
`scale/CASE` and `out/CASE` of cv2.resize, and `network/CASE`, the network input for the rule in `rule/CASE`
(short side, long side, stride).
"""
import io, os, struct, sys, zlib

import cv2
import numpy as np
from PIL import Image

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', 'images')
MEANS_BGR = (103.06, 115.90, 123.15)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
NAMES = {0: 'grey', 2: 'rgb', 3: 'palette', 4: 'grey_alpha', 6: 'rgba'}
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def packed(row, depth):
    values = row.reshape(-1)
    if depth == 16: return values.astype('>u2').tobytes()
    bits = ''.join(format(v, f'0{depth}b') for v in values)
    bits += '0' * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(image, depth):
    """Rows behind their filter bytes; the five filters take turns."""
    step, before, out = max(1, image.shape[2] * depth // 8), None, b''
    for y, row in enumerate(image):
        data = packed(row, depth)
        before = before or bytes(len(data))
        kind = y % 5
        line = bytearray([kind])
        for i, value in enumerate(data):
            a, b, c = (data[i - step], before[i], before[i - step]) if i >= step else (0, before[i], 0)
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
        out, before = out + bytes(line), data
    return out


def png(image, depth, color, interlaced=False, extra=b''):
    height, width = image.shape[:2]
    parts = [image[y::dy, x::dx] for y, x, dy, dx in PASSES] if interlaced else [image]
    data = b''.join(filtered(part, depth) for part in parts if part.size)
    header = struct.pack('>IIBBBBB', width, height, depth, color, 0, 0, interlaced)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + extra + chunk(b'IDAT', zlib.compress(data, 9)) + chunk(b'IEND', b'')


def exif(orientation, order):
    mark = {'<': b'II', '>': b'MM'}[order]
    return mark + struct.pack(order + 'HIHHHIHHI', 42, 8, 1, 0x112, 3, 1, orientation, 0, 0)


def png_kinds(random, size=(7, 6)):
    for color, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlaced in (False, True):
                image, extra = random.randint(0, 1 << depth, size + (CHANNELS[color],)), b''
                if color == 3:
                    colors = random.randint(0, 256, (min(1 << depth, 90), 3)).astype(np.uint8)
                    image, extra = image % len(colors), chunk(b'PLTE', colors.tobytes())
                yield f'{NAMES[color]}{depth}' + '_interlaced' * interlaced, png(image, depth, color, interlaced, extra)
    colors = chunk(b'PLTE', random.randint(0, 256, 12).astype(np.uint8).tobytes())
    yield 'palette2_transparent', png(random.randint(0, 4, size + (1,)), 2, 3, False, colors + chunk(b'tRNS', bytes([0, 128, 255])))
    two = random.randint(0, 2, size + (3,))
    yield 'rgb8_transparent', png(two * 255, 8, 2, False, chunk(b'tRNS', struct.pack('>HHH', 255, 0, 0)))
    yield 'grey8_transparent', png(two[..., :1] * 7, 8, 0, False, chunk(b'tRNS', struct.pack('>H', 7)))
    yield 'rgb8_gamma', png(random.randint(0, 256, size + (3,)), 8, 2, False, chunk(b'gAMA', struct.pack('>I', 100000)))
    yield 'rgba8_background', png(random.randint(0, 256, size + (4,)), 8, 6, False, chunk(b'bKGD', struct.pack('>HHH', 255, 0, 0)))
    yield 'rgb8_exif6', png(random.randint(0, 256, size + (3,)), 8, 2, False, chunk(b'eXIf', exif(6, '<')))
    yield 'one_pixel', png(random.randint(0, 256, (1, 1, 3)), 8, 2)


def jpeg_kinds(random, size=(19, 21)):
    yy, xx = np.mgrid[0:size[0], 0:size[1]]
    bgr = np.stack([128 + 100 * np.sin(yy / 3 + xx / 5), 128 + 90 * np.cos(xx / 2), (xx * 11 + yy * 7) % 256], -1)
    bgr = np.clip(bgr + random.normal(0, 15, bgr.shape), 0, 255).astype(np.uint8)
    rgb = Image.fromarray(bgr[..., ::-1])

    def opencv(*options):
        return cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, 90, *options])[1].tobytes()

    def pillow(image, **options):
        file = io.BytesIO()
        image.save(file, 'JPEG', quality=88, **options)
        return file.getvalue()

    for name in ('411', '420', '422', '440', '444'):
        factor = getattr(cv2, 'IMWRITE_JPEG_SAMPLING_FACTOR_' + name)
        yield f'jpeg{name}', opencv(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor)
        yield f'jpeg{name}_progressive', opencv(
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor, cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
    yield 'jpeg_restarts', opencv(cv2.IMWRITE_JPEG_RST_INTERVAL, 1)
    yield 'jpeg_grey', pillow(rgb.convert('L'))
    yield 'jpeg_rgb', pillow(rgb, keep_rgb=True)
    cmyk = pillow(rgb.convert('CMYK'))
    yield 'jpeg_cmyk', cmyk
    place = cmyk.index(b'Adobe') + 11
    yield 'jpeg_ycck', cmyk[:place] + b'\2' + cmyk[place + 1:]
    for orientation in range(1, 9):
        yield f'jpeg_exif{orientation}', pillow(rgb.resize((9, 7)), exif=b'Exif\0\0' + exif(orientation, '<>'[orientation % 2]))


def kinds(random):
    arrays = {}
    for name, file in [*png_kinds(random), *jpeg_kinds(random)]:
        data = np.frombuffer(file, np.uint8)
        arrays['file/' + name] = data
        arrays['stored/' + name] = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        upright = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if not np.array_equal(upright, arrays['stored/' + name]): arrays['upright/' + name] = upright
    return arrays


def network_input(image, short, long, stride):
    scale = short / min(image.shape[:2])
    if np.round(scale * max(image.shape[:2])) > long: scale = long / max(image.shape[:2])
    image = cv2.resize(image, None, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    if stride:
        image = np.pad(image, [(0, -n % stride) for n in image.shape[:2]] + [(0, 0)])
    return np.stack([image[..., c] - MEANS_BGR[c] for c in (2, 1, 0)]).astype(np.float32)


def resized(random):
    arrays, cases = {}, [
        (9, 7, 2.0), (9, 7, 0.5), (8, 6, 0.5), (7, 11, 1 / 3), (5, 6, 600 / 375), (1, 9, 1.7), (9, 1, 1.7), (1, 1, 5.0),
        (3, 8, 0.5), (13, 12, 0.77), (6, 9, 1.03), (10, 4, 3.1), (16, 15, 0.11), (3, 20, 0.9)]
    for index, (height, width, scale) in enumerate(cases):
        image = random.randint(0, 256, (height, width, 3)).astype(np.uint8)
        arrays[f'in/{index}'], arrays[f'scale/{index}'] = image, np.array([scale])
        arrays[f'out/{index}'] = cv2.resize(image, None, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    for index, rule in enumerate([(12, 20, 0), (12, 20, 8), (9, 40, 32)]):
        image = arrays[f'in/{(9, 11, 10)[index]}']
        arrays[f'rule/{index}'], arrays[f'picture/{index}'] = np.array(rule), image
        arrays[f'network/{index}'] = network_input(image, *rule)
    return arrays


if __name__ == '__main__':
    os.makedirs(FOLDER, exist_ok=True)
    random = np.random.RandomState(1703)
    np.savez(os.path.join(FOLDER, 'kinds.npz'), **kinds(random))
    np.savez(os.path.join(FOLDER, 'resized.npz'), **resized(random))
