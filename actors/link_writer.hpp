#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "actors/out_stream.hpp"
#include "transport/frame.hpp"
#include "transport/stream.hpp"

namespace tacet::actors {

/// The sending half of a link: frames of the planned stream and control frames, one at a time. Whoever calls
/// flush() writes a small frame itself, without waking another thread; large ones, and what the network does
/// not take at once, go to the thread that runs serve().
class LinkWriter {
 public:
  /// `on_fault` is called once, from the thread that met the fault; not after our end, when only the reader
  /// knows whether the peer may close.
  LinkWriter(std::unique_ptr<transport::ByteSink> sink, OutStream stream, std::uint64_t session,
             std::function<void(const Fault&)> on_fault);

  void put(std::uint32_t segment, BlockPtr payload, std::uint32_t round);
  /// Never blocks.
  void flush();
  /// Everything before `offset` of the peer's stream has been consumed here: it may send more.
  void acknowledge(std::uint64_t offset);
  /// The peer has consumed our stream up to `offset`.
  void acknowledged(std::uint64_t offset);
  /// The first frame of the stream. The message is wiped once it has left.
  void setup(std::vector<std::byte> message);
  /// A sign of life, if nothing else left since the last call: whom this endpoint waits for (as FrameHeader
  /// says) and how far it is.
  void heartbeat(std::uint64_t waits_for, std::uint32_t progress);
  /// The peer is told that our part is complete, once the stream has been sent. The link stays: signs of life
  /// and notices still go to a peer that has not ended.
  void end();
  /// Whether it has been told: only then may the peer close.
  bool ended() const;
  /// The peer's part is complete.
  void peer_ended();
  /// The peer is told what is known of who broke the session. Waiting data is dropped; only further notices
  /// follow, and none after the last.
  void abort(const transport::AbortNotice& notice);

  /// Runs until the stream has been closed, when both have ended or after the last abort(), or has failed, or
  /// cut() was called.
  void serve(std::chrono::milliseconds write_timeout);
  /// Ends serve() at once.
  void cut();

  std::uint64_t wire_bytes() const { return sink_->wire_bytes(); }
  std::uint64_t payload_bytes() const;
  std::uint64_t frames() const { return frames_.load(std::memory_order_relaxed); }

 private:
  struct Control {
    transport::FrameKind kind;
    std::uint64_t offset = 0;
    std::uint32_t round = 0;
    std::shared_ptr<std::vector<std::byte>> payload;
    bool last = false;
  };

  bool has_work() const;
  bool over() const { return last_sent_ || (end_sent_ && peer_ended_); }
  bool prepare();
  bool write_current();
  void fail(const Fault& fault);
  void drain(std::unique_lock<std::mutex>& lock, bool may_block, std::chrono::milliseconds write_timeout);

  const std::unique_ptr<transport::ByteSink> sink_;
  const std::uint64_t session_;
  const std::function<void(const Fault&)> on_fault_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  OutStream stream_;
  std::deque<Control> controls_;
  std::uint64_t acked_ = 0;
  bool ack_due_ = false;
  std::uint64_t ack_offset_ = 0;
  bool end_due_ = false, end_sent_ = false, peer_ended_ = false;
  bool aborting_ = false;     ///< only control frames leave
  bool last_sent_ = false;    ///< the last abort has left: nothing follows
  bool busy_ = false;         ///< somebody owns the frame being written
  bool handed_over_ = false;  ///< the owner could not finish and left it to serve()
  bool stopped_ = false;
  bool failed_ = false;
  bool spoke_ = false;  ///< since the last heartbeat()
  std::atomic<std::uint64_t> frames_{0};

  // The frame being written; touched only by the owner.
  std::array<std::byte, transport::kFrameHeaderBytes> header_{};
  FrameDraft draft_;
  Control control_;
  std::vector<transport::Bytes> parts_;
  std::size_t part_ = 0;
};

}  // namespace tacet::actors
