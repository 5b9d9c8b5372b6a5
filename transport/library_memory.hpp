#pragma once

namespace tacet::transport {

/// Makes the TLS library's failures to allocate known to starved(): what it reports itself then looks like a
/// fault of the peer ("decode error"). To be called before anything else of the library is used; later it
/// changes nothing.
void watch_library_memory();

/// Whether the TLS library has asked for memory that there was not.
bool starved();

}  // namespace tacet::transport
