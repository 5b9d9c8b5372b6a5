#pragma once

#include <string_view>

namespace tacet::apps {

/// The orientation that a camera has noted, 1 to 8, in the EXIF data of a JPEG segment or a PNG chunk. 1,
/// which is upright, where there is none, and where the data is damaged: pixels can be shown without it.
/// Source: EXIF 2.32, section 4.6.2, and TIFF 6.0, section 2.
int exif_orientation(std::string_view exif);

}  // namespace tacet::apps
