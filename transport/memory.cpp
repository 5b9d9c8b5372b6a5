#include "transport/memory.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include "transport/detail/parts.hpp"

namespace tacet::transport {

namespace {

/// A ring of bytes with a writer and a reader, and what each of them has done to the stream.
class Pipe {
 public:
  explicit Pipe(std::size_t capacity) : ring_(capacity) { TACET_ASSERT(capacity > 0); }

  Result<std::size_t> write(std::span<const Bytes> parts) {
    const std::lock_guard lock(mutex_);
    if (Status fault = writer_fault()) return *fault;
    TACET_ASSERT(!finished_);
    detail::Parts rest(parts);
    std::size_t taken = 0;
    while (!rest.done() && size_ < ring_.size()) {
      const std::size_t end = (begin_ + size_) % ring_.size();
      const std::size_t gap = std::min(ring_.size() - size_, ring_.size() - end);
      const std::size_t step = rest.copy(std::span(ring_).subspan(end, gap));
      size_ += step;
      taken += step;
    }
    if (taken > 0) readable_.notify_one();
    return taken;
  }

  Status wait_writable(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return size_ < ring_.size() || writer_fault(); };
    if (!writable_.wait_until(lock, deadline, ready))
      return Fault{Fault::Kind::timeout, "the peer did not read in time"};
    return writer_fault();
  }

  Result<std::size_t> read(std::span<std::byte> buffer, Deadline deadline) {
    TACET_ASSERT(!buffer.empty());
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return size_ > 0 || finished_ || writer_gone_ || reader_cut_; };
    if (!readable_.wait_until(lock, deadline, ready))
      return Fault{Fault::Kind::timeout, "the peer did not answer in time"};
    if (reader_cut_) return Fault{Fault::Kind::cancelled, "this side cut the connection"};
    if (size_ == 0 && finished_) return std::size_t{0};
    if (size_ == 0) return Fault{Fault::Kind::closed, "the peer closed the connection without a goodbye"};
    const std::size_t count = std::min({buffer.size(), size_, ring_.size() - begin_});
    std::memcpy(buffer.data(), ring_.data() + begin_, count);
    begin_ = (begin_ + count) % ring_.size();
    size_ -= count;
    writable_.notify_one();
    return count;
  }

  Status finish() {
    const std::lock_guard lock(mutex_);
    if (Status fault = writer_fault()) return fault;
    finished_ = true;
    readable_.notify_all();
    return std::nullopt;
  }

  /// The writer cut the stream, or was destroyed.
  void end_writer(bool cut) noexcept {
    const std::lock_guard lock(mutex_);
    writer_gone_ = true;
    writer_cut_ = writer_cut_ || cut;
    readable_.notify_all();
    writable_.notify_all();
  }

  void end_reader(bool cut) noexcept {
    const std::lock_guard lock(mutex_);
    reader_gone_ = true;
    reader_cut_ = reader_cut_ || cut;
    readable_.notify_all();
    writable_.notify_all();
  }

  bool has_bytes() const {
    const std::lock_guard lock(mutex_);
    return size_ > 0 && !reader_cut_;
  }

 private:
  Status writer_fault() const {
    if (writer_cut_) return Fault{Fault::Kind::cancelled, "this side cut the connection"};
    if (reader_gone_) return Fault{Fault::Kind::closed, "the peer closed the connection"};
    return std::nullopt;
  }

  mutable std::mutex mutex_;
  std::condition_variable readable_;
  std::condition_variable writable_;
  std::vector<std::byte> ring_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  bool finished_ = false;
  bool writer_gone_ = false;
  bool writer_cut_ = false;
  bool reader_gone_ = false;
  bool reader_cut_ = false;
};

class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
  ~MemorySink() override { pipe_->end_writer(false); }

  Result<std::size_t> write_parts(std::span<const Bytes> parts) override {
    Result<std::size_t> taken = pipe_->write(parts);
    if (taken) bytes_.fetch_add(*taken, std::memory_order_relaxed);
    return taken;
  }
  Status wait_writable(Deadline deadline) override { return pipe_->wait_writable(deadline); }
  Status finish(Deadline) override { return pipe_->finish(); }
  void cut() noexcept override { pipe_->end_writer(true); }
  std::uint64_t wire_bytes() const override { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<Pipe> pipe_;
  std::atomic<std::uint64_t> bytes_{0};
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
  ~MemorySource() override { pipe_->end_reader(false); }

  Result<std::size_t> read_some(std::span<std::byte> buffer, Deadline deadline) override {
    Result<std::size_t> got = pipe_->read(buffer, deadline);
    if (got) bytes_.fetch_add(*got, std::memory_order_relaxed);
    return got;
  }
  bool has_pending() const override { return pipe_->has_bytes(); }
  void cut() noexcept override { pipe_->end_reader(true); }
  std::uint64_t wire_bytes() const override { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<Pipe> pipe_;
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

StreamPair memory_pair(std::size_t capacity_bytes) {
  auto pipe = std::make_shared<Pipe>(capacity_bytes);
  return {std::make_unique<MemorySink>(pipe), std::make_unique<MemorySource>(pipe)};
}

std::map<EndpointId, Mesh> memory_mesh(std::span<const Hello> endpoints,
                                       std::span<const std::pair<EndpointId, EndpointId>> links,
                                       std::size_t capacity_bytes) {
  std::map<EndpointId, Hello> hellos;
  for (const Hello& hello : endpoints) hellos.emplace(hello.from, hello);
  std::map<EndpointId, Mesh> meshes;
  const auto connect = [&](EndpointId at, EndpointId peer, StreamPair& out, StreamPair& in) {
    Hello hello = hellos.at(peer);
    hello.to = at;
    hello.direction = Direction::dialler_sends;
    meshes[at].push_back({std::move(out.sink), std::move(in.source), std::move(hello)});
  };
  for (const auto& [a, b] : links) {
    TACET_ASSERT(a != b);
    StreamPair forth = memory_pair(capacity_bytes);
    StreamPair back = memory_pair(capacity_bytes);
    connect(a, b, forth, back);
    connect(b, a, back, forth);
  }
  for (auto& [id, mesh] : meshes)
    std::sort(mesh.begin(), mesh.end(),
              [](const Connection& x, const Connection& y) { return x.hello.from < y.hello.from; });
  return meshes;
}

}  // namespace tacet::transport
