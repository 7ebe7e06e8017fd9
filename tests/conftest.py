"""What holds for every test."""

import hypothesis

hypothesis.settings.register_profile("hotspan", deadline=None)  # a busy machine is no finding
hypothesis.settings.load_profile("hotspan")
