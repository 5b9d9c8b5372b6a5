#include "actors/link_writer.hpp"

#include <algorithm>
#include <utility>

#include "protocols/crypto.hpp"
#include "transport/limits.hpp"

namespace tacet::actors {
namespace {

using transport::Bytes;
using transport::FrameKind;

/// Frames up to this size are written by the thread that produced them.
constexpr std::uint64_t kInlineBytes = 16 * 1024;
constexpr std::uint64_t kFrameBytes = 256 * 1024;
static_assert(kFrameBytes <= transport::kMaxFramePayloadBytes);

}  // namespace

LinkWriter::LinkWriter(std::unique_ptr<transport::ByteSink> sink, OutStream stream, std::uint64_t session,
                       std::function<void(const Fault&)> on_fault)
    : sink_(std::move(sink)), session_(session), on_fault_(std::move(on_fault)), stream_(std::move(stream)) {}

void LinkWriter::put(std::uint32_t segment, BlockPtr payload, std::uint32_t round) {
  bool large = false;
  {
    const std::lock_guard lock(mutex_);
    stream_.put(segment, std::move(payload), round);
    large = !busy_ && stream_.ready_bytes() > kInlineBytes;
  }
  // A tile is on its way while the next one is computed.
  if (large) wake_.notify_one();
}

void LinkWriter::flush() {
  std::unique_lock lock(mutex_);
  if (busy_ || stopped_ || failed_ || !has_work()) return;
  if (stream_.ready_bytes() > kInlineBytes) {
    wake_.notify_one();
    return;
  }
  busy_ = true;
  drain(lock, false, {});
}

void LinkWriter::acknowledge(std::uint64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    ack_due_ = true;
    ack_offset_ = offset;
  }
  flush();
}

void LinkWriter::acknowledged(std::uint64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    acked_ = std::max(acked_, std::min(offset, stream_.sent_bytes()));
  }
  flush();
}

void LinkWriter::setup(std::vector<std::byte> message) {
  const auto wiped = [](std::vector<std::byte>* bytes) {
    protocols::wipe(*bytes);
    delete bytes;
  };
  std::shared_ptr<std::vector<std::byte>> payload(new std::vector<std::byte>(std::move(message)), wiped);
  {
    const std::lock_guard lock(mutex_);
    controls_.push_back({FrameKind::setup, 0, 0, std::move(payload)});
  }
  flush();
}

void LinkWriter::heartbeat(std::uint64_t waits_for, std::uint32_t progress) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(spoke_, false) || busy_ || aborting_) return;
    controls_.push_back({FrameKind::heartbeat, waits_for, progress, nullptr});
  }
  flush();
}

void LinkWriter::end() {
  {
    const std::lock_guard lock(mutex_);
    end_due_ = true;
  }
  flush();
}

bool LinkWriter::ended() const {
  const std::lock_guard lock(mutex_);
  return end_sent_;
}

void LinkWriter::peer_ended() {
  {
    const std::lock_guard lock(mutex_);
    peer_ended_ = true;
  }
  wake_.notify_one();
}

void LinkWriter::abort(const transport::AbortNotice& notice) {
  auto payload = std::make_shared<std::vector<std::byte>>(transport::encode_abort(notice));
  {
    const std::lock_guard lock(mutex_);
    aborting_ = true;
    controls_.clear();
    controls_.push_back({FrameKind::abort, 0, 0, std::move(payload), notice.last});
  }
  wake_.notify_one();
}

bool LinkWriter::has_work() const {
  if (over()) return false;
  if (!controls_.empty()) return true;
  if (aborting_) return false;
  if (ack_due_) return true;
  const std::uint64_t unacked = stream_.sent_bytes() - acked_;
  if (stream_.ready_bytes() != 0 && unacked < transport::kMaxUnackedBytes) return true;
  return end_due_ && !end_sent_ && stream_.complete();
}

/// Chooses the next frame. With the lock held.
bool LinkWriter::prepare() {
  if (!has_work()) return false;
  transport::FrameHeader header;
  header.session = session_;
  parts_.assign(1, Bytes(header_));
  part_ = 0;
  if (!controls_.empty()) {
    control_ = std::move(controls_.front());
    controls_.pop_front();
    header.kind = control_.kind;
    header.offset = control_.offset;
    header.round = control_.round;
    if (control_.payload != nullptr && !control_.payload->empty()) {
      header.payload_bytes = static_cast<std::uint32_t>(control_.payload->size());
      parts_.emplace_back(*control_.payload);
    }
    last_sent_ = control_.last;
  } else if (ack_due_) {
    ack_due_ = false;
    header.kind = FrameKind::ack;
    header.offset = ack_offset_;
  } else if (stream_.next(draft_, kFrameBytes,
                          transport::kMaxUnackedBytes - (stream_.sent_bytes() - acked_))) {
    header.kind = FrameKind::data;
    header.offset = draft_.offset;
    header.payload_bytes = draft_.bytes;
    header.round = draft_.round;
    parts_.insert(parts_.end(), draft_.parts.begin(), draft_.parts.end());
  } else {
    header.kind = FrameKind::end;
    header.offset = stream_.sent_bytes();
    end_sent_ = true;
  }
  spoke_ = spoke_ || header.kind != FrameKind::heartbeat;  // or every second one would be left out
  frames_.fetch_add(1, std::memory_order_relaxed);
  transport::encode_header(header, header_);
  return true;
}

/// Writes what the network takes. True when the frame is complete.
bool LinkWriter::write_current() {
  while (part_ < parts_.size()) {
    Result<std::size_t> taken = sink_->write_parts(std::span(parts_).subspan(part_));
    if (!taken) {
      fail(taken.fault());
      return false;
    }
    if (*taken == 0) return false;
    for (std::size_t left = *taken; left != 0;) {
      const std::size_t step = std::min(left, parts_[part_].size());
      parts_[part_] = parts_[part_].subspan(step);
      if (parts_[part_].empty()) ++part_;
      left -= step;
    }
  }
  return true;
}

void LinkWriter::fail(const Fault& fault) {
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    failed_ = true;
    ended = end_sent_;
  }
  wake_.notify_all();
  // A peer that has our end may close, and what says that it has ended, too, may still be under way to the
  // reader.
  if (!ended) on_fault_(fault);
}

/// As the owner of the frame: writes until nothing is left, or hands over. The lock is held on entry and on
/// return.
void LinkWriter::drain(std::unique_lock<std::mutex>& lock, bool may_block,
                       std::chrono::milliseconds write_timeout) {
  while (!stopped_ && !failed_) {
    if (part_ == parts_.size()) {
      draft_.owners.clear();
      control_ = {};
      if (!may_block && stream_.ready_bytes() > kInlineBytes) {
        wake_.notify_one();
        break;
      }
      if (!prepare()) break;
    }
    lock.unlock();
    const bool complete = write_current();
    if (!complete && may_block) {
      const Status status = sink_->wait_writable(transport::Clock::now() + write_timeout);
      if (status) fail(*status);
    }
    lock.lock();
    if (!complete && !may_block && !failed_) {
      handed_over_ = true;  // stays busy: only serve() may go on with this frame
      wake_.notify_one();
      return;
    }
  }
  busy_ = false;
  if (over()) wake_.notify_one();  // serve() closes the stream
}

void LinkWriter::serve(std::chrono::milliseconds write_timeout) {
  std::unique_lock lock(mutex_);
  while (!stopped_ && !failed_) {
    wake_.wait(lock,
               [&] { return stopped_ || failed_ || handed_over_ || (!busy_ && (has_work() || over())); });
    if (stopped_ || failed_) break;
    if (!std::exchange(handed_over_, false)) busy_ = true;
    drain(lock, true, write_timeout);
    if (over() && part_ == parts_.size() && !failed_ && !stopped_) {
      busy_ = true;
      lock.unlock();
      (void)sink_->finish(transport::Clock::now() + write_timeout);
      return;
    }
  }
}

void LinkWriter::cut() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  sink_->cut();
}

std::uint64_t LinkWriter::payload_bytes() const {
  const std::lock_guard lock(mutex_);
  return stream_.sent_bytes();
}

}  // namespace tacet::actors
