#include "transport/shaped.hpp"

#include <sys/prctl.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/detail/parts.hpp"

namespace tacet::transport {

namespace {

using std::chrono::nanoseconds;

/// Bytes that leave together: small enough that a rate looks smooth, large enough that a fast link costs
/// little.
constexpr std::size_t kChunkBytes = std::size_t{32} << 10;
/// What a network card and its driver hold beside the bytes in flight.
constexpr std::size_t kQueueBytes = std::size_t{512} << 10;
constexpr std::size_t kMaxQueueBytes = std::size_t{256} << 20;
/// The stream below is asked again this often whether it takes bytes, so that a cut ends the thread.
constexpr std::chrono::milliseconds kRetry{100};

class ShapedSink final : public ByteSink {
 public:
  ShapedSink(std::unique_ptr<ByteSink> below, const LinkShape& shape)
      : below_(std::move(below)), shape_(shape), capacity_(capacity(shape)), thread_([this] { deliver(); }) {}

  ~ShapedSink() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      changed_.notify_all();
    }
    // Without finish() this end closes abruptly: the thread may be waiting inside the stream below.
    if (!finished_) below_->cut();
    thread_.join();
  }

  Result<std::size_t> write_parts(std::span<const Bytes> parts) override {
    const std::lock_guard lock(mutex_);
    if (fault_) return *fault_;
    TACET_ASSERT(!finishing_);
    detail::Parts rest(parts);
    std::size_t taken = 0;
    while (!rest.done() && queued_ < capacity_) {
      Chunk chunk;
      chunk.bytes.resize(std::min({kChunkBytes, detail::Parts::total(parts) - taken, capacity_ - queued_}));
      TACET_ASSERT(rest.copy(chunk.bytes) == chunk.bytes.size());
      queued_ += chunk.bytes.size();
      taken += chunk.bytes.size();
      chunk.due = due(chunk.bytes.size());
      queue_.push_back(std::move(chunk));
    }
    if (taken > 0) changed_.notify_all();
    return taken;
  }

  Status wait_writable(Deadline deadline) override {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return fault_ || queued_ < capacity_; };
    if (!room_.wait_until(lock, deadline, ready))
      return Fault{Fault::Kind::timeout, "the shaped link stayed full"};
    return fault_;
  }

  Status finish(Deadline deadline) override {
    std::unique_lock lock(mutex_);
    finishing_ = true;
    const auto drained = [&] { return fault_ || (queue_.empty() && !delivering_); };
    if (!room_.wait_until(lock, deadline, drained))
      return Fault{Fault::Kind::timeout, "the shaped link did not drain in time"};
    if (fault_) return fault_;
    finished_ = true;
    lock.unlock();
    return below_->finish(deadline);
  }

  void cut() noexcept override {
    below_->cut();
    const std::lock_guard lock(mutex_);
    fault_ = Fault{Fault::Kind::cancelled, "this side cut the connection"};
    changed_.notify_all();
    room_.notify_all();
  }

  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 private:
  struct Chunk {
    std::vector<std::byte> bytes;
    Deadline due;
  };

  static std::size_t capacity(const LinkShape& shape) {
    const double in_flight =
        static_cast<double>(shape.bytes_per_second) * std::chrono::duration<double>(shape.delay).count();
    // Without a rate the bytes in flight are not known: then the queue may be as large as the limit.
    if (shape.bytes_per_second == 0 && shape.delay > nanoseconds::zero()) return kMaxQueueBytes;
    return std::min(kMaxQueueBytes, kQueueBytes + static_cast<std::size_t>(in_flight));
  }

  /// When the far end has the last of these bytes: the sending takes its time after what was sent before,
  /// then the delay.
  Deadline due(std::size_t bytes) {
    const Deadline now = Clock::now();
    sent_at_ = std::max(sent_at_, now);
    if (shape_.bytes_per_second > 0)
      sent_at_ += nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(bytes) /
                                                        static_cast<double>(shape_.bytes_per_second)));
    return sent_at_ + shape_.delay;
  }

  void deliver() {
    // The default slack of 50 us would be a third of a local network's delay.
    (void)::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    std::unique_lock lock(mutex_);
    while (!stop_ && !fault_) {
      if (queue_.empty()) {
        changed_.wait(lock);
        continue;
      }
      if (Clock::now() < queue_.front().due) {
        changed_.wait_until(lock, queue_.front().due, [&] { return stop_ || fault_; });
        continue;
      }
      Chunk chunk = std::move(queue_.front());
      queue_.pop_front();
      delivering_ = true;
      lock.unlock();
      Status fault = pass_on(chunk.bytes);
      lock.lock();
      delivering_ = false;
      queued_ -= chunk.bytes.size();
      if (fault && !fault_) fault_ = fault;
      room_.notify_all();
    }
  }

  Status pass_on(Bytes bytes) {
    while (!bytes.empty()) {
      Result<std::size_t> taken = below_->write_some(bytes);
      if (!taken) return taken.fault();
      bytes = bytes.subspan(*taken);
      if (bytes.empty()) break;
      const Status waited = below_->wait_writable(Clock::now() + kRetry);
      if (waited && waited->kind != Fault::Kind::timeout) return waited;
    }
    return std::nullopt;
  }

  const std::unique_ptr<ByteSink> below_;
  const LinkShape shape_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;  // the thread waits here
  std::condition_variable room_;     // the writer waits here
  std::deque<Chunk> queue_;
  std::size_t queued_ = 0;
  Deadline sent_at_{};
  bool delivering_ = false;
  bool finishing_ = false;
  bool finished_ = false;
  bool stop_ = false;
  Status fault_;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace

std::unique_ptr<ByteSink> shape(std::unique_ptr<ByteSink> below, const LinkShape& shape) {
  return std::make_unique<ShapedSink>(std::move(below), shape);
}

void shape(Mesh& mesh, const LinkShape& link) {
  for (Connection& connection : mesh) connection.out = shape(std::move(connection.out), link);
}

}  // namespace tacet::transport
