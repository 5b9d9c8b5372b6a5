#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "graph/error.hpp"

namespace tacet::transport {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Bytes = std::span<const std::byte>;

/// The sending end of a one-directional, ordered, reliable stream of bytes. One thread at a time uses it,
/// except cut() and wire_bytes(), which any thread may call. Destroying a sink without finish() is an abrupt
/// close: the reader gets Fault closed after the bytes that already left.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Hands over as many bytes as fit without blocking: the parts, one after the other, as if they were one
  /// buffer (a header and its payload leave in one record and one system call). Returns the count of bytes
  /// handed over; 0 means it would block. Whoever gets less than the total must come back with exactly the
  /// bytes that were not taken (more may follow behind them, and they may lie elsewhere): some of them may
  /// already be encrypted. Bytes counted as taken need no further call to reach the peer. Fails: closed, io,
  /// cancelled.
  virtual Result<std::size_t> write_parts(std::span<const Bytes> parts) = 0;

  /// write_parts() of one part.
  Result<std::size_t> write_some(Bytes bytes) { return write_parts(std::span<const Bytes>(&bytes, 1)); }

  /// Waits until write_parts() may make progress. Fails: timeout, closed, io, cancelled.
  virtual Status wait_writable(Deadline deadline) = 0;

  /// Flushes and closes the stream so that the reader sees a clean end. Nothing may be written afterwards.
  virtual Status finish(Deadline deadline) = 0;

  /// Ends the stream at once, from any thread: a blocked or later call of this end gets Fault cancelled, the
  /// other end gets Fault closed. Idempotent.
  virtual void cut() noexcept = 0;

  /// Bytes that this end has given to and taken from the network for this connection: both directions, TLS
  /// handshake, hello, record headers, tags and alerts included; TCP/IP headers and retransmissions not. In
  /// memory it is the count of bytes handed over.
  virtual std::uint64_t wire_bytes() const = 0;
};

/// The receiving end of a one-directional stream. One thread at a time uses it, except cut() and
/// wire_bytes().
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Blocks until at least one byte is there and returns the count, or 0 at the clean end. An empty buffer is
  /// not allowed. A deadline in the past makes it a try: what is there already, or Fault timeout. Fails:
  /// timeout, closed (the connection ended without finish()), malformed, io, cancelled.
  virtual Result<std::size_t> read_some(std::span<std::byte> buffer, Deadline deadline) = 0;

  /// True if decrypted bytes lie ready inside this object, so that read_some() returns without a system call.
  /// False does not mean that nothing has arrived.
  virtual bool has_pending() const = 0;

  /// As ByteSink::cut().
  virtual void cut() noexcept = 0;

  /// As ByteSink::wire_bytes(), seen from this end.
  virtual std::uint64_t wire_bytes() const = 0;
};

/// Both ends of one stream inside this process.
struct StreamPair {
  std::unique_ptr<ByteSink> sink;
  std::unique_ptr<ByteSource> source;
};

/// Fills the buffer. Fails: as read_some(), and closed if the stream ends before the buffer is full.
Status read_exact(ByteSource& source, std::span<std::byte> buffer, Deadline deadline);

/// Hands over all bytes, waiting as needed. Fails: as write_parts() and wait_writable().
Status write_all(ByteSink& sink, Bytes bytes, Deadline deadline);

/// The same for a header and its payload, which leave together.
Status write_all(ByteSink& sink, Bytes header, Bytes payload, Deadline deadline);

/// Frees what the TLS library keeps for the calling thread. A thread that used streams and may outlive main()
/// calls it last.
void release_thread();

}  // namespace tacet::transport
