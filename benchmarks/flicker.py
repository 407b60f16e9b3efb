"""How much a painted film flickers, as a ratio to the film itself: on a still clip with noise, and on a slow pan.

    .venv/bin/python benchmarks/flicker.py

Flicker is the mean absolute difference of two frames that follow one another. Both clips are made from bundled photos.
"""

import argparse

import numpy as np

from aelearn import Stylizer, data
from aelearn.video import FramePainter


def flicker(frames):
    return float(np.abs(np.diff(np.stack(frames), axis=0)).mean())


def with_noise(frames, sigma, seed=0):
    random = np.random.default_rng(seed)
    return [np.clip(frame + random.normal(0, sigma, frame.shape), 0, 1).astype(np.float32) for frame in frames]


def still_clip(name, side, count):
    return [data.load_photo(name, max_side=side)] * count


def pan(name, side, count, step=2):
    photo = data.load_photo(name)
    height, width = photo.shape[0] // 2, min(side, photo.shape[1] - step * count)
    return [photo[height // 2 : height // 2 + height, step * n : step * n + width] for n in range(count)]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", default="chambord,neuschwanstein", help="bundled photos, with commas")
    parser.add_argument("--styles", default="great_wave,starry_night,mona_lisa", help="bundled paintings, with commas")
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--noise", type=float, default=0.02, help="standard deviation of the noise, from 0 to 1")
    parser.add_argument("--smooth", default="0,0.5,0.8", help="values to compare, with commas")
    args = parser.parse_args(argv)
    stylizer, smooths = Stylizer.load(), [float(value) for value in args.smooth.split(",")]
    print("clip   photo            painting        " + "".join(f"smooth {value:<6g}" for value in smooths))
    worst = dict.fromkeys(smooths, 0.0)
    for photo in args.photos.split(","):
        clips = {"still": still_clip(photo, args.size, args.frames), "pan": pan(photo, args.size, args.frames)}
        for kind, clean in clips.items():
            clip = with_noise(clean, args.noise)
            for painting in args.styles.split(","):
                style, ratios = stylizer.style(data.load_painting(painting)), []
                for smooth in smooths:
                    painter = FramePainter(stylizer, style, smooth=smooth)
                    ratios.append(flicker([painter.paint(frame) for frame in clip]) / flicker(clip))
                    if kind == "still":
                        worst[smooth] = max(worst[smooth], ratios[-1])
                line = "".join(f"{ratio:<13.2f}" for ratio in ratios)
                print(f"{kind:<6} {photo:<16} {painting:<15} {line}", flush=True)
    print("worst of the still clips: " + ", ".join(f"{ratio:.2f} with smooth {s:g}" for s, ratio in worst.items()))
    return worst


if __name__ == "__main__":
    main()
