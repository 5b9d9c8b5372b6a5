#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/detail/openssl.hpp"
#include "transport/detail/socket.hpp"
#include "transport/detail/tls_context.hpp"
#include "transport/stream.hpp"
#include "transport/tls.hpp"

namespace tacet::transport::detail {

/// The protocol's name in the TLS handshake, with its length before it.
inline constexpr std::string_view kAlpn = "\x07tacet/1";

/// The most plaintext one record carries.
inline constexpr std::size_t kRecordBytes = 16384;

using Pins = std::set<Fingerprint>;

/// Connects the library to a TlsSession's socket and its batch of records.
BioMethodPtr make_socket_method();

/// One TLS connection over a non-blocking socket, which never waits itself. Outgoing records collect in a
/// batch until flush(), so that several leave in one system call. One thread at a time, except cut() and
/// wire_bytes().
class TlsSession {
 public:
  TlsSession(std::shared_ptr<const TlsContext> context, UniqueFd fd, std::shared_ptr<const Pins> pins,
             const TlsOptions& options);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Advances the handshake. Returns the poll() events to wait for; 0 when it is complete.
  Result<short> handshake();

  /// Whether one more record fits in the batch.
  bool has_room() const { return out_.size() - out_begin_ + kRecordRoom <= kBatchBytes; }

  /// Encrypts up to kRecordBytes into the batch, under a new key when the old one has served long enough.
  Status append(Bytes plain);

  /// Sends what the socket takes. True when the batch is empty.
  Result<bool> flush();

  /// Puts the goodbye in the batch.
  void append_close();

  /// Tells the peer that no more follows; it may still send.
  void shut_write() noexcept;

  struct Read {
    enum class State { bytes, would_block, end } state;
    std::size_t bytes = 0;
  };
  Result<Read> read(std::span<std::byte> buffer);
  bool has_decrypted() const { return SSL_pending(ssl_.get()) > 0; }

  void cut() noexcept;
  int descriptor() const { return fd_.get(); }
  std::uint64_t wire_bytes() const { return wire_bytes_.load(std::memory_order_relaxed); }

  /// The peer's certificate, once it has been seen.
  const Fingerprint& peer_fingerprint() const { return peer_fingerprint_; }

  /// Why the peer's pinned certificate cannot be used now, or empty. The acceptor lets such a peer finish the
  /// handshake, because only then it is proven to hold the key, and refuses it with these words in the hello
  /// reply.
  const std::string& peer_validity_error() const { return peer_validity_error_; }

  /// True if the connection failed because the peer refused us in TLS itself.
  bool peer_refused() const { return peer_refused_; }

  /// For the library's callbacks.
  bool accepts(const X509* leaf);
  int take_record(const char* data, std::size_t size);
  int fill(char* data, std::size_t size, bool& retry);
  bool at_eof() const { return at_eof_; }

 private:
  /// Larger batches save system calls but leave the cache.
  static constexpr std::size_t kBatchBytes = std::size_t{128} << 10;
  /// One full record with header and tag, and a change of keys before it.
  static constexpr std::size_t kRecordRoom = kRecordBytes + 512;

  /// What keys are made of comes first, and no more than this: the library wipes so much of what it has
  /// decrypted. To wipe all of it would take a twentieth of the time that TLS takes.
  static constexpr std::uint64_t kWipedBytes = std::uint64_t{64} << 10;

  Fault fault(int ssl_result);
  Status fault_if_cut() const;
  void count(std::size_t bytes) {
    // Only the owning thread adds; others read.
    wire_bytes_.store(wire_bytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }

  std::shared_ptr<const TlsContext> context_;
  UniqueFd fd_;
  std::shared_ptr<const Pins> pins_;
  TlsOptions options_;
  SslPtr ssl_;
  std::vector<std::byte> out_;
  std::size_t out_begin_ = 0;
  std::uint64_t records_under_key_ = 0;
  std::uint64_t plain_bytes_ = 0;  ///< read so far
  std::atomic<std::uint64_t> wire_bytes_{0};
  std::atomic<bool> cut_{false};
  bool at_eof_ = false;
  int socket_error_ = 0;
  bool peer_refused_ = false;
  Fingerprint peer_fingerprint_;
  std::string peer_validity_error_;
  std::string refusal_;
};

}  // namespace tacet::transport::detail
