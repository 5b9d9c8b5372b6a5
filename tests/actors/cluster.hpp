#pragma once

// Endpoints of one session in this process, each with a Party of its own, over streams that a test can bend.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/embedded.hpp"
#include "actors/party.hpp"
#include "graph/flows.hpp"
#include "support.hpp"
#include "transport/frame.hpp"
#include "transport/identity.hpp"
#include "transport/listener.hpp"
#include "transport/memory.hpp"

namespace tacet::actors::testing {

using namespace std::chrono_literals;

/// A sink that sends nothing more once it is told so, as of a process that is no more.
class MortalSink : public transport::ByteSink {
 public:
  MortalSink(std::unique_ptr<transport::ByteSink> below, std::shared_ptr<std::atomic<bool>> dead)
      : below_(std::move(below)), dead_(std::move(dead)) {}
  Result<std::size_t> write_parts(std::span<const transport::Bytes> parts) override {
    if (*dead_) return Fault{Fault::Kind::cancelled, "dead"};
    return below_->write_parts(parts);
  }
  Status wait_writable(transport::Deadline deadline) override { return below_->wait_writable(deadline); }
  Status finish(transport::Deadline deadline) override {
    if (*dead_) return Fault{Fault::Kind::cancelled, "dead"};
    return below_->finish(deadline);
  }
  void cut() noexcept override { below_->cut(); }
  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 private:
  const std::unique_ptr<transport::ByteSink> below_;
  const std::shared_ptr<std::atomic<bool>> dead_;
};

/// Cuts all connections of an endpoint at once: what it sees of it, it can tell nobody.
class Scissors {
 public:
  void add(transport::Connection& c) {
    const std::lock_guard lock(mutex_);
    c.out = std::make_unique<MortalSink>(std::move(c.out), dead_);
    sinks_.push_back(c.out.get());
    sources_.push_back(c.in.get());
  }
  void cut() {
    *dead_ = true;
    const std::lock_guard lock(mutex_);
    for (transport::ByteSink* sink : sinks_) sink->cut();
    for (transport::ByteSource* source : sources_) source->cut();
  }

 private:
  std::mutex mutex_;
  const std::shared_ptr<std::atomic<bool>> dead_ = std::make_shared<std::atomic<bool>>(false);
  std::vector<transport::ByteSink*> sinks_;
  std::vector<transport::ByteSource*> sources_;
};

/// A sink that does something before the frame with which it would have taken more than so many bytes.
class BentSink : public transport::ByteSink {
 public:
  BentSink(std::unique_ptr<transport::ByteSink> below, std::uint64_t after, std::function<void()> then)
      : below_(std::move(below)), after_(after), then_(std::move(then)) {}
  Result<std::size_t> write_parts(std::span<const transport::Bytes> parts) override {
    std::uint64_t offered = 0;
    for (const auto part : parts) offered += part.size();
    if (taken_ + offered > after_ && !std::exchange(done_, true)) then_();
    auto taken = below_->write_parts(parts);
    if (taken) taken_ += *taken;
    return taken;
  }
  Status wait_writable(transport::Deadline deadline) override { return below_->wait_writable(deadline); }
  Status finish(transport::Deadline deadline) override { return below_->finish(deadline); }
  void cut() noexcept override { below_->cut(); }
  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 private:
  std::shared_ptr<transport::ByteSink> below_;
  const std::uint64_t after_;
  const std::function<void()> then_;
  std::uint64_t taken_ = 0;
  bool done_ = false;
};

/// A source that does something once so many bytes have been read.
class BentSource : public transport::ByteSource {
 public:
  BentSource(std::unique_ptr<transport::ByteSource> below, std::uint64_t after, std::function<void()> then)
      : below_(std::move(below)), after_(after), then_(std::move(then)) {}
  Result<std::size_t> read_some(std::span<std::byte> buffer, transport::Deadline deadline) override {
    if (read_ >= after_ && !std::exchange(done_, true)) then_();
    auto got = below_->read_some(buffer, deadline);
    if (got) read_ += *got;
    return got;
  }
  bool has_pending() const override { return below_->has_pending(); }
  void cut() noexcept override { below_->cut(); }
  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 private:
  std::unique_ptr<transport::ByteSource> below_;
  const std::uint64_t after_;
  const std::function<void()> then_;
  std::uint64_t read_ = 0;
  bool done_ = false;
};

/// A sink that takes nothing any more once so many bytes have gone, as a network that loses every packet.
class StallingSink : public transport::ByteSink {
 public:
  StallingSink(std::unique_ptr<transport::ByteSink> below, std::uint64_t after)
      : below_(std::move(below)), after_(after) {}
  Result<std::size_t> write_parts(std::span<const transport::Bytes> parts) override {
    if (taken_ >= after_) return std::size_t{0};
    auto taken = below_->write_parts(parts);
    if (taken) taken_ += *taken;
    return taken;
  }
  Status wait_writable(transport::Deadline deadline) override {
    if (taken_ < after_) return below_->wait_writable(deadline);
    while (!cut_ && transport::Clock::now() < deadline) std::this_thread::sleep_for(1ms);
    if (cut_) return Fault{Fault::Kind::cancelled, "this side cut the connection"};
    return Fault{Fault::Kind::timeout, "the peer did not read in time"};
  }
  Status finish(transport::Deadline deadline) override {
    return taken_ >= after_ ? wait_writable(deadline) : below_->finish(deadline);
  }
  void cut() noexcept override {
    cut_ = true;
    below_->cut();
  }
  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 private:
  std::unique_ptr<transport::ByteSink> below_;
  const std::uint64_t after_;
  std::uint64_t taken_ = 0;
  std::atomic<bool> cut_{false};
};

/// Follows the frames of a stream byte by byte.
class FrameParser {
 public:
  /// Takes the next byte. Returns the header that it completes, if it does.
  std::optional<transport::FrameHeader> pass(std::byte byte) {
    if (payload_left_ != 0) {
      --payload_left_;
      return {};
    }
    bytes_[filled_++] = byte;
    if (filled_ != bytes_.size()) return {};
    filled_ = 0;
    auto decoded = transport::decode_header(bytes_);
    TACET_ASSERT(bool(decoded));
    payload_left_ = decoded->payload_bytes;
    kind_ = decoded->kind;
    return *decoded;
  }
  /// Whether the next byte is payload of the plan's stream.
  bool in_data() const { return payload_left_ != 0 && kind_ == transport::FrameKind::data; }

 private:
  std::array<std::byte, transport::kFrameHeaderBytes> bytes_{};
  std::size_t filled_ = 0;
  std::uint64_t payload_left_ = 0;
  transport::FrameKind kind_ = transport::FrameKind::data;
};

/// Passes everything on, bytes possibly changed, and follows the frames that were really taken.
class ParsingSink : public transport::ByteSink {
 public:
  explicit ParsingSink(std::unique_ptr<transport::ByteSink> below) : below_(std::move(below)) {}
  Result<std::size_t> write_parts(std::span<const transport::Bytes> parts) override {
    std::vector<std::byte> bytes;
    for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    const std::vector<std::byte> original = bytes;
    change(parser_, bytes);
    auto taken = below_->write_some(bytes);
    for (std::size_t i = 0; taken && i < *taken; ++i) {
      took(parser_, original[i] != bytes[i]);
      if (const auto header = parser_.pass(original[i])) saw(*header);
    }
    return taken;
  }
  Status wait_writable(transport::Deadline deadline) override { return below_->wait_writable(deadline); }
  Status finish(transport::Deadline deadline) override { return below_->finish(deadline); }
  void cut() noexcept override { below_->cut(); }
  std::uint64_t wire_bytes() const override { return below_->wire_bytes(); }

 protected:
  /// What is not taken comes again and must be changed in the same way.
  virtual void change(FrameParser, std::vector<std::byte>&) {}
  virtual void took(const FrameParser&, bool /*changed*/) {}
  virtual void saw(const transport::FrameHeader&) {}

 private:
  std::unique_ptr<transport::ByteSink> below_;
  FrameParser parser_;
};

/// Flips one bit in the first payload byte of the plan's stream.
class LyingSink final : public ParsingSink {
 public:
  using ParsingSink::ParsingSink;

 private:
  void change(FrameParser parser, std::vector<std::byte>& bytes) override {
    for (std::byte& byte : bytes) {
      if (lied_) return;
      const bool here = parser.in_data();
      (void)parser.pass(byte);
      if (!here) continue;
      byte ^= std::byte{1};
      return;
    }
  }
  void took(const FrameParser&, bool changed) override { lied_ = lied_ || changed; }

  bool lied_ = false;
};

/// Tells of every frame that leaves.
class WatchedSink final : public ParsingSink {
 public:
  WatchedSink(std::unique_ptr<transport::ByteSink> below,
              std::function<void(const transport::FrameHeader&)> tell)
      : ParsingSink(std::move(below)), tell_(std::move(tell)) {}

 private:
  void saw(const transport::FrameHeader& header) override { tell_(header); }

  const std::function<void(const transport::FrameHeader&)> tell_;
};

/// All endpoints of a plan. Bend what is to go wrong, then start.
class Cluster {
 public:
  using Bend = std::function<void(EndpointId self, transport::Mesh& mesh)>;

  Cluster(std::shared_ptr<const Plan> p, std::vector<Tensor> inputs, TransportKind kind,
          std::size_t capacity = 1 << 20)
      : plan(std::move(p)), setting(plan->setting) {
    const transport::Digest digest = protocols::plan_digest(*plan);
    std::vector<std::string> names;
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      hellos.push_back(make_hello(*plan, digest, EndpointId{e}));
      names.push_back(e < setting.n ? "p" + std::to_string(e) : plan->graph.clients()[e - setting.n]);
    }
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      PartyConfig config;
      config.plan = plan;
      config.digest = digest;
      config.nonce = hellos[e].nonce;
      config.self = EndpointId{e};
      config.names = names;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const InputInfo& info = plan->graph.inputs()[i];
        if (endpoint_of(info.owner, setting) == config.self) config.inputs.emplace(info.name, inputs[i]);
      }
      configs.push_back(std::move(config));
    }
    if (kind == TransportKind::memory) {
      in_memory(capacity);
    } else {
      over_tls(names);
    }
  }

  void start() {
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) start(e);
  }
  void start(std::uint32_t e) {
    PartyConfig config = configs[e];
    if (bend)
      config.connect =
          [connect = config.connect, bend = bend, self = config.self](
              const transport::Limit& limit,
              const transport::CancelToken& cancel) -> std::variant<transport::Mesh, transport::Culprit> {
        auto mesh = connect(limit, cancel);
        if (auto* streams = std::get_if<transport::Mesh>(&mesh)) bend(self, *streams);
        return mesh;
      };
    parties.resize(setting.endpoints());
    parties[e] = std::make_unique<Party>(std::move(config));
  }
  /// True if all that run have ended by then.
  bool ended_within(std::chrono::milliseconds time) const {
    const auto deadline = transport::Clock::now() + time;
    return std::all_of(parties.begin(), parties.end(), [&](const auto& party) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - transport::Clock::now());
      return party == nullptr || party->ended_within(std::max(left, 0ms));
    });
  }

  std::shared_ptr<const Plan> plan;
  Setting setting;
  std::vector<transport::Hello> hellos;
  std::vector<PartyConfig> configs;
  Bend bend;  ///< changes streams before they are used
  std::vector<std::unique_ptr<Party>> parties;

 private:
  void in_memory(std::size_t capacity) {
    std::vector<std::pair<EndpointId, EndpointId>> links;
    for (std::uint32_t a = 0; a < setting.n; ++a)
      for (std::uint32_t b = a + 1; b < setting.endpoints(); ++b)
        links.emplace_back(EndpointId{a}, EndpointId{b});
    auto meshes = transport::memory_mesh(hellos, links, capacity);
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      auto mesh = std::make_shared<transport::Mesh>(std::move(meshes.at(EndpointId{e})));
      configs[e].connect = [mesh](const transport::Limit&, const transport::CancelToken&)
          -> std::variant<transport::Mesh, transport::Culprit> { return std::move(*mesh); };
    }
  }

  void over_tls(const std::vector<std::string>& names) {
    std::vector<transport::Identity> identities;
    std::vector<std::shared_ptr<transport::Listener>> listeners(setting.endpoints());
    std::vector<transport::Peer> everyone;
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      identities.push_back(transport::make_identity(names[e], 1));
      if (e < setting.n) listeners[e] = std::make_shared<transport::Listener>("127.0.0.1", 0);
      const std::uint16_t port = listeners[e] == nullptr ? std::uint16_t{0} : listeners[e]->port();
      everyone.push_back({EndpointId{e}, names[e], "127.0.0.1", port, {identities[e].fingerprint()}});
    }
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      std::vector<transport::Peer> peers;
      for (std::uint32_t o = 0; o < setting.endpoints(); ++o)
        if (o != e && (e < setting.n || o < setting.n)) peers.push_back(everyone[o]);
      configs[e].connect = [this, e, identity = identities[e], peers, listener = listeners[e]](
                               const transport::Limit& limit, const transport::CancelToken& cancel) {
        return transport::connect_all(identity, hellos[e], peers, listener.get(), limit, cancel);
      };
    }
  }
};

}  // namespace tacet::actors::testing
