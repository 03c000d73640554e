// libFLAC's decoder; the rest of the library is not needed.
#pragma once
#include <FLAC/stream_decoder.h>
