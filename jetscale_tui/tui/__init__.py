"""The screens. The only place that imports Textual."""

import os

# Four times Textual's own rate, which it takes from here when it is imported: what a key changes
# would wait up to two frames, one for the change before it and one for its own.
os.environ.setdefault("TEXTUAL_FPS", "240")
