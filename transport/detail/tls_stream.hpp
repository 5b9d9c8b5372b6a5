#pragma once

#include <memory>

#include "transport/detail/tls_session.hpp"
#include "transport/stream.hpp"

namespace tacet::transport::detail {

/// The two ends of a stream over an established session.
std::unique_ptr<ByteSink> make_sink(std::unique_ptr<TlsSession> session);
std::unique_ptr<ByteSource> make_source(std::unique_ptr<TlsSession> session);

}  // namespace tacet::transport::detail
