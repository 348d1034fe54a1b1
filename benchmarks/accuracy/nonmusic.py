"""Sounds that are no music, as plain as they come: what must not be called a genre.

Nothing here is shared with what a network may be trained to doubt
(``genredesk/training/batches/synthetic_noise.py``): the voices are espeak-ng's, the tones are pure,
the sirens follow their standards.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.audio import decode
from genredesk.core.scores import FloatArray

SECONDS = 20.0
LEVEL_DBFS = -20.0

TEXTS = {
    "en-us": "Good morning. The meeting begins at half past nine in the small room on the second "
    "floor. Please bring the list of open questions, and tell Martha that her parcel has arrived. "
    "After lunch we shall walk along the river, if the weather stays as it is now.",
    "en-gb": "Here is the forecast for tomorrow. Rain will spread slowly from the west, followed "
    "by bright spells and a fresh wind. Temperatures will reach fourteen degrees in the south. "
    "Drivers should expect delays on the bridge until the repairs are finished on Friday.",
    "de": "Guten Abend, meine Damen und Herren. Der Zug nach Hamburg fährt heute von Gleis sieben "
    "und hat etwa zehn Minuten Verspätung. Bitte achten Sie auf die Durchsagen. Im Speisewagen "
    "gibt es Kaffee, Tee und belegte Brote. Wir danken Ihnen für Ihr Verständnis.",
    "fr-fr": "Bonjour à tous. Ce matin, le marché ouvre à huit heures sur la grande place. On y "
    "trouve des fruits, du fromage et du pain frais. Mon voisin dit toujours qu'il faut arriver "
    "tôt, parce que les meilleures pêches partent les premières. Bonne journée.",
    "es": "Buenas tardes. La biblioteca cierra hoy a las seis y media. Los libros prestados deben "
    "devolverse antes del lunes. Si necesita ayuda, pregunte en la entrada principal. Mañana habrá "
    "una charla sobre las aves del lago, y después un paseo por el bosque.",
    "it": "Buongiorno. Il museo apre alle dieci e chiude alle diciotto. I biglietti si comprano "
    "all'ingresso o per telefono. La visita guidata comincia ogni ora e dura circa quaranta "
    "minuti. Si prega di non toccare le opere e di parlare a bassa voce nelle sale.",
    "pt-br": "Boa noite. O ônibus para o centro passa a cada vinte minutos. A padaria da esquina "
    "vende pão quente até as nove. Minha irmã mora perto da praia e gosta de caminhar cedo. "
    "Amanhã vamos visitar os avós e levar um bolo de laranja.",
    "nl": "Goedemiddag. De winkel is vandaag open tot zes uur. Fietsen mogen niet voor de deur "
    "staan. Wie een afspraak heeft met de dokter kan boven in de wachtkamer gaan zitten. Morgen "
    "wordt het zonnig, met in de middag een paar wolken en weinig wind.",
    "pl": "Dzień dobry. Pociąg do Krakowa odjedzie z toru trzeciego przy peronie drugim. Proszę "
    "zachować ostrożność. W poczekalni można kupić herbatę i ciepłe bułki. Jutro rano spadnie "
    "śnieg, a po południu wyjdzie słońce. Życzymy państwu miłej podróży.",
    "ru": "Добрый вечер. Сегодня в городском парке откроется новая выставка цветов. Вход "
    "свободный. Автобус отходит от вокзала каждые пятнадцать минут. Мой брат живёт на берегу "
    "реки и каждое утро кормит птиц. Завтра ожидается тёплая и сухая погода.",
    "tr": "İyi akşamlar. Vapur saat yedide iskeleden kalkacak. Biletlerinizi yanınıza almayı "
    "unutmayın. Komşumuz bahçede domates ve biber yetiştiriyor. Yarın hava açık olacak, öğleden "
    "sonra hafif bir rüzgâr bekleniyor. Hepinize güzel bir gün dilerim.",
    "hi": "नमस्ते। आज शाम को बाज़ार सात बजे तक खुला रहेगा। मेरी बहन रोज़ सुबह नदी के किनारे टहलने जाती है। "
    "कल बारिश हो सकती है, इसलिए छाता साथ रखिए। दोपहर के बाद हम सब मिलकर चाय पिएँगे।",
}
"""Something to say, by espeak-ng's voice; written for this, about nothing."""

VARIANTS = ("m1", "f2", "m3", "f4", "m7", "f5")
SPEEDS = (130, 160, 190, 230)
"""Words a minute."""


def levelled(sound: NDArray[np.floating], level_dbfs: float = LEVEL_DBFS) -> FloatArray:
    """Return a sound at an RMS level, with its peaks cut where a converter cuts them."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    return np.clip(sound * (10 ** (level_dbfs / 20) / max(rms, 1e-12)), -1, 1).astype(np.float32)


def coloured(n: int, rate: int, slope: float, rng: np.random.Generator) -> FloatArray:
    """Return noise ``(n,)`` whose power falls with the frequency to the power of ``slope``."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / rate)
    spectrum *= np.maximum(hz, 20.0) ** (-slope / 2)
    return levelled(np.fft.irfft(spectrum, n))


def has_voices() -> bool:
    """Whether espeak-ng is installed."""
    return shutil.which("espeak-ng") is not None


def spoken(rate: int, seconds: float = SECONDS) -> Iterator[tuple[str, FloatArray]]:
    """Yield every language twice, by different voices and at different speeds."""
    wanted = round(seconds * rate)
    with tempfile.TemporaryDirectory(prefix="genredesk-") as folder:
        for i, (language, text) in enumerate(TEXTS.items()):
            for turn in (0, 1):
                voice = f"{language}+{VARIANTS[(2 * i + turn) % len(VARIANTS)]}"
                speed = SPEEDS[(i + 2 * turn) % len(SPEEDS)]
                path = Path(folder) / "said.wav"
                command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(path), "--", text]
                subprocess.run(command, check=True, capture_output=True)
                said = decode.load(path, rate)
                yield f"{voice} {speed}", levelled(np.resize(said, wanted))


def silences(rate: int) -> Iterator[tuple[str, FloatArray]]:
    """Yield nothing at all, the last bit of a converter, and a very quiet room."""
    n, rng = round(SECONDS * rate), np.random.default_rng(1)
    yield "digital zero", np.zeros(n, np.float32)
    yield "last bit", (rng.integers(-1, 2, n) / 32768).astype(np.float32)
    yield "quiet room", levelled(coloured(n, rate, 1.0, rng), -66.0)


def noises(rate: int, slope: float) -> Iterator[tuple[str, FloatArray]]:
    """Yield noise of one colour at three levels, each drawn anew."""
    n, rng = round(SECONDS * rate), np.random.default_rng(2)
    for level in (-12.0, -20.0, -40.0):
        for turn in range(3):
            yield f"{level:g} dBFS {turn}", levelled(coloured(n, rate, slope, rng), level)


def tones(rate: int) -> Iterator[tuple[str, FloatArray]]:
    """Yield pure tones from 55 Hz to 8 kHz."""
    t = np.arange(round(SECONDS * rate)) / rate
    for hz in np.geomspace(55, 8000, 24):
        yield f"{hz:.0f} Hz", levelled(np.sin(2 * np.pi * hz * t))


def _rich(phase: NDArray[np.floating], top: int) -> NDArray[np.floating]:
    """Return a tone with harmonics up to ``top`` that fall as 1/k, as horns and buzzers have."""
    return np.sum([np.sin(k * phase) / k for k in range(1, top)], axis=0)


def sirens(rate: int) -> Iterator[tuple[str, FloatArray]]:
    """Yield wail, yelp, two-tone horns, air-raid howl and plain sweeps."""
    t = np.arange(round(SECONDS * rate)) / rate
    pitches = {}
    for name, low, high, period in (
        ("wail", 500, 1500, 4.0),
        ("slow wail", 650, 1650, 6.0),
        ("yelp", 600, 1500, 0.32),
        ("fast yelp", 800, 1700, 0.2),
        ("howl", 200, 460, 8.0),
    ):
        pitches[name] = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * t / period))
    for name, low, high, period in (
        ("Martinshorn 410/547 Hz", 410, 547, 1.5),
        ("two-tone 435/580 Hz", 435, 580, 1.1),
        ("two-tone 660/880 Hz", 660, 880, 1.0),
    ):
        pitches[name] = np.where(t % period < period / 2, low, high).astype(np.float64)
    for low, high, period in ((100, 5000, 10.0), (300, 3000, 3.0), (3000, 300, 2.0)):
        pitches[f"sweep {low}-{high} Hz in {period:g} s"] = low * (high / low) ** (t / period % 1)
    for name, hz in pitches.items():
        phase = 2 * np.pi * np.cumsum(hz) / rate
        yield f"{name}, pure", levelled(np.sin(phase))
        yield f"{name}, horn", levelled(_rich(phase, 7))


def hums(rate: int) -> Iterator[tuple[str, FloatArray]]:
    """Yield mains hum, pure and buzzing, with some hiss."""
    t, rng = np.arange(round(SECONDS * rate)) / rate, np.random.default_rng(3)
    for hz in (50, 60):
        for top in (3, 20):
            buzz = _rich(2 * np.pi * hz * t, top)
            hiss = coloured(len(t), rate, 0.0, rng)
            yield f"{hz} Hz, {top - 1} harmonics", levelled(buzz + 0.1 * hiss)


def ticks(rate: int) -> Iterator[tuple[str, FloatArray]]:
    """Yield a clock, a metronome, crackle and rain on a sill."""
    n, rng = round(SECONDS * rate), np.random.default_rng(4)
    click = rng.standard_normal(200) * np.exp(-np.arange(200) / 30)
    for name, period in (
        ("clock, 1 s", 1.0),
        ("metronome, 0.5 s", 0.5),
        ("fast clock, 0.2 s", 0.2),
    ):
        train = np.zeros(n)
        train[:: round(period * rate)] = 1
        yield name, levelled(np.convolve(train, click)[:n], -30.0)
    for name, per_second in (("crackle, 5/s", 5), ("patter, 60/s", 60)):
        train = np.zeros(n)
        train[rng.integers(0, n, round(per_second * SECONDS))] = rng.uniform(0.2, 1)
        yield name, levelled(np.convolve(train, click)[:n], -30.0)
