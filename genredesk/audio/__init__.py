"""The ground floor: sound comes in here as blocks of mono float32, and is played from here.

Importing this package touches neither a sound card nor PortAudio.
"""
