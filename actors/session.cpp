#include "actors/session.hpp"

#include <algorithm>
#include <array>

#include "protocols/crypto.hpp"
#include "protocols/keys.hpp"
#include "protocols/make_kernels.hpp"
#include "transport/frame.hpp"

namespace tacet::actors {
namespace {

/// How soon a stopped job is noticed while a peer keeps us waiting.
constexpr std::chrono::milliseconds kStopPoll{20};

/// As transport::read_exact, but gives up when the job is stopped.
Status read_setup_bytes(transport::ByteSource& source, std::span<std::byte> buffer,
                        transport::Deadline deadline, const Stopped& stopped) {
  while (!buffer.empty()) {
    const auto now = transport::Clock::now();
    Result<std::size_t> got = source.read_some(buffer, std::min(deadline, now + kStopPoll));
    if (!got && got.fault().kind == Fault::Kind::timeout && now < deadline && !stopped()) continue;
    if (!got) return got.fault();
    if (*got == 0) return Fault{Fault::Kind::closed, "the peer ended its stream too early"};
    buffer = buffer.subspan(*got);
  }
  return {};
}

/// Reads one setup message, or learns that the peer gave up.
std::variant<std::vector<std::byte>, Abort> read_setup(const PartyConfig& config, transport::Connection& peer,
                                                       std::uint64_t session, transport::Deadline deadline,
                                                       const Stopped& stopped) {
  const EndpointId id = peer.hello.from;
  const auto blame = [&](const std::string& reason) { return Abort{id, endpoint_name(config, id), reason}; };
  std::array<std::byte, transport::kFrameHeaderBytes> bytes;
  if (Status s = read_setup_bytes(*peer.in, bytes, deadline, stopped)) return blame(s->detail);
  Result<transport::FrameHeader> header = transport::decode_header(bytes);
  if (!header) return blame(header.fault().detail);
  std::vector<std::byte> payload(header->payload_bytes);
  if (Status s = read_setup_bytes(*peer.in, payload, deadline, stopped)) return blame(s->detail);
  if (header->kind == transport::FrameKind::abort) {
    Result<transport::AbortNotice> notice = transport::decode_abort(payload);
    if (!notice) return blame(notice.fault().detail);
    return Abort{notice->culprit, endpoint_name(config, notice->culprit), notice->reason};
  }
  if (header->session != session) return blame("it is in another session");
  if (header->kind != transport::FrameKind::setup) return blame("it sent no setup message");
  return payload;
}

/// Tells every peer why there will be no session, and closes the streams.
void say_goodbye(const PartyConfig& config, transport::Mesh& mesh, std::uint64_t session, const Abort& why) {
  const std::vector<std::byte> notice = transport::encode_abort(why.culprit, why.reason);
  transport::FrameHeader header;
  header.kind = transport::FrameKind::abort;
  header.session = session;
  header.payload_bytes = static_cast<std::uint32_t>(notice.size());
  std::array<std::byte, transport::kFrameHeaderBytes> bytes;
  transport::encode_header(header, bytes);
  const auto deadline = transport::Clock::now() + config.timeouts.farewell;
  for (transport::Connection& peer : mesh)
    if (!transport::write_all(*peer.out, bytes, notice, deadline)) (void)peer.out->finish(deadline);
}

}  // namespace

std::vector<Tensor> ordered_inputs(const Plan& plan, const std::map<std::string, Tensor>& inputs) {
  std::vector<Tensor> ordered;
  for (const InputInfo& info : plan.graph.inputs()) {
    const auto it = inputs.find(info.name);
    ordered.push_back(it == inputs.end() ? Tensor() : it->second);
  }
  return ordered;
}

Session::Session(const PartyConfig& config, std::uint64_t session, protocols::KeyRing keys,
                 transport::Mesh mesh, Events events)
    : events_(std::move(events)), writers_(config.plan->setting.endpoints(), nullptr) {
  engine_ = std::make_unique<Engine>(
      config.plan, config.self, protocols::make_kernels(config.plan->setting, config.self, std::move(keys)),
      config.provide ? std::nullopt : std::optional(ordered_inputs(*config.plan, config.inputs)), *this,
      config.hooks);
  for (transport::Connection& connection : mesh) {
    const EndpointId peer = connection.hello.from;
    Link link;
    link.peer = peer;
    link.writer = std::make_unique<LinkWriter>(
        std::move(connection.out), OutStream(config.plan.get(), config.plan->link(config.self, peer)),
        session, [this, peer](const Fault& fault) { events_.failed(peer, fault); });
    link.reader =
        std::make_unique<LinkReader>(peer, std::move(connection.in), config.plan->link(peer, config.self),
                                     session, *engine_, *link.writer);
    writers_[peer.value] = link.writer.get();
    links_.push_back(std::move(link));
  }
}

void Session::put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) {
  writers_[to.value]->put(segment, std::move(payload), round);
}

void Session::flush() {
  for (Link& link : links_) link.writer->flush();
  if (!finished_.load(std::memory_order_relaxed) && engine_->finished() && !finished_.exchange(true))
    events_.finished();
}

std::optional<EndpointId> Session::waiting_for(std::chrono::milliseconds heartbeat) const {
  constexpr int kMissedBeats = 4;
  const auto quietest = std::min_element(links_.begin(), links_.end(), [](const Link& a, const Link& b) {
    return a.reader->last_heard() < b.reader->last_heard();
  });
  if (quietest != links_.end() &&
      quietest->reader->last_heard() < transport::Clock::now() - kMissedBeats * heartbeat)
    return quietest->peer;
  return engine_->waiting_for();
}

Progress Session::progress() const {
  Progress out = engine_->progress();
  for (const Link& link : links_) out.sent.push_back({link.peer, link.writer->payload_bytes()});
  return out;
}

void Session::cut() {
  engine_->stop();
  for (Link& link : links_) {
    link.writer->cut();
    link.reader->cut();
  }
}

std::variant<std::unique_ptr<Session>, Abort> open_session(const PartyConfig& config, transport::Mesh mesh,
                                                           transport::Deadline deadline,
                                                           Session::Events events, const Stopped& stopped) {
  const Setting& setting = config.plan->setting;
  std::vector<transport::Nonce> nonces(setting.n);
  if (setting.is_party(config.self)) nonces[config.self.value] = config.nonce;
  for (const transport::Connection& c : mesh)
    if (setting.is_party(c.hello.from)) nonces[c.hello.from.value] = c.hello.nonce;
  // A peer that is connected has no reason to keep silent: the mesh's deadline may be minutes away.
  deadline = std::min(deadline, transport::Clock::now() + config.timeouts.silence);
  const transport::SessionId id = transport::session_id(nonces, config.digest);
  const std::uint64_t session = transport::short_session(id);

  protocols::KeySetup setup(setting, config.self, id);
  // Everyone sends first and reads then: the messages are small enough to wait in the network's buffers.
  std::vector<Status> sent;
  for (transport::Connection& c : mesh) {
    std::vector<std::byte> message = setup.message_to(c.hello.from);
    transport::FrameHeader header;
    header.kind = transport::FrameKind::setup;
    header.session = session;
    header.payload_bytes = static_cast<std::uint32_t>(message.size());
    std::array<std::byte, transport::kFrameHeaderBytes> bytes;
    transport::encode_header(header, bytes);
    sent.push_back(transport::write_all(*c.out, bytes, message, deadline));
    protocols::wipe(message);
  }
  for (std::size_t i = 0; i < mesh.size(); ++i) {
    const EndpointId peer = mesh[i].hello.from;
    auto message = read_setup(config, mesh[i], session, deadline, stopped);
    std::optional<Abort> why;
    if (auto* bytes = std::get_if<std::vector<std::byte>>(&message)) {
      Status s = setup.receive(peer, *bytes);
      protocols::wipe(*bytes);
      if (s) why = Abort{peer, endpoint_name(config, peer), s->detail};
      if (!why && sent[i]) {
        // It listens no more: it may have said why.
        why = Abort{peer, endpoint_name(config, peer), sent[i]->detail};
        message = read_setup(config, mesh[i], session, deadline, stopped);
      }
    }
    if (const auto* abort = std::get_if<Abort>(&message)) why = *abort;
    if (auto earlier = stopped()) why = std::move(earlier);
    if (!why) continue;
    say_goodbye(config, mesh, session, *why);
    return *why;
  }
  return std::make_unique<Session>(config, session, setup.finish(), std::move(mesh), std::move(events));
}

}  // namespace tacet::actors
