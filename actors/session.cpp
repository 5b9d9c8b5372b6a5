#include "actors/session.hpp"

#include <algorithm>

#include "protocols/crypto.hpp"
#include "protocols/make_kernels.hpp"
#include "transport/frame.hpp"

namespace tacet::actors {

std::vector<Tensor> ordered_inputs(const Plan& plan, const std::map<std::string, Tensor>& inputs) {
  std::vector<Tensor> ordered;
  for (const InputInfo& info : plan.graph.inputs()) {
    const auto it = inputs.find(info.name);
    ordered.push_back(it == inputs.end() ? Tensor() : it->second);
  }
  return ordered;
}

Session::Session(const PartyConfig& config, transport::Mesh mesh, Events events)
    : config_(config), events_(std::move(events)), writers_(config.plan->setting.endpoints(), nullptr) {
  const Setting& setting = config.plan->setting;
  std::vector<transport::Nonce> nonces(setting.n);
  if (setting.is_party(config.self)) nonces[config.self.value] = config.nonce;
  for (const transport::Connection& c : mesh)
    if (setting.is_party(c.hello.from)) nonces[c.hello.from.value] = c.hello.nonce;
  const transport::SessionId id = transport::session_id(nonces, config.digest);
  session_ = transport::short_session(id);
  setup_.emplace(setting, config.self, id);
  engine_ = std::make_unique<Engine>(
      config.plan, config.self,
      config.provide ? std::nullopt : std::optional(ordered_inputs(*config.plan, config.inputs)), *this,
      config.hooks);
  for (transport::Connection& connection : mesh) {
    const EndpointId peer = connection.hello.from;
    Link link;
    link.peer = peer;
    link.writer = std::make_unique<LinkWriter>(
        std::move(connection.out), OutStream(config.plan.get(), config.plan->link(config.self, peer)),
        session_, [this, peer](const Fault& fault) {
          if (!was_cut()) events_.failed(peer, fault);
        });
    link.reader =
        std::make_unique<LinkReader>(peer, std::move(connection.in), config.plan->link(peer, config.self),
                                     session_, *engine_, *link.writer);
    writers_[peer.value] = link.writer.get();
    unheard_.insert(peer);
    links_.push_back(std::move(link));
  }
}

void Session::send_setup() {
  for (Link& link : links_) {
    std::vector<std::byte> message;
    {
      const std::lock_guard lock(setup_mutex_);
      message = setup_->message_to(link.peer);
    }
    link.writer->setup(std::move(message));
  }
}

Status Session::take_setup(EndpointId peer, std::span<const std::byte> message) {
  bool complete = false;
  {
    const std::lock_guard lock(setup_mutex_);
    if (Status fault = setup_->receive(peer, message)) return fault;
    unheard_.erase(peer);
    complete = setup_->complete();
  }
  if (complete) events_.keyed();
  return {};
}

void Session::begin() {
  std::unique_ptr<protocols::Kernels> kernels;
  {
    const std::lock_guard lock(setup_mutex_);
    kernels = protocols::make_kernels(config_.plan->setting, config_.self, setup_->finish());
    setup_.reset();
  }
  begun_ = true;
  engine_->begin(std::move(kernels));
}

void Session::put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) {
  writers_[to.value]->put(segment, std::move(payload), round);
}

void Session::flush() {
  for (Link& link : links_) link.writer->flush();
  if (begun_ && !finished_.load(std::memory_order_relaxed) && engine_->finished() &&
      !finished_.exchange(true))
    events_.finished();
}

const Link* Session::link(EndpointId peer) const {
  const auto at = std::find_if(links_.begin(), links_.end(), [&](const Link& l) { return l.peer == peer; });
  return at == links_.end() ? nullptr : &*at;
}

std::optional<EndpointId> Session::blocker() const {
  if (finished_) {  // our part is done: who is not?
    const auto at = std::find_if(links_.begin(), links_.end(),
                                 [](const Link& link) { return !link.reader->peer_ended(); });
    return at == links_.end() ? std::nullopt : std::optional(at->peer);
  }
  if (begun_) return engine_->waiting_for();
  const std::lock_guard lock(setup_mutex_);
  return unheard_.empty() ? std::nullopt : std::optional(*unheard_.begin());
}

std::optional<EndpointId> Session::waiting_for(std::chrono::milliseconds heartbeat) const {
  constexpr int kMissedBeats = 4;
  std::optional<EndpointId> at = blocker();
  std::set<EndpointId> seen{config_.self};
  while (at && seen.insert(*at).second) {
    const Link* next = link(*at);
    if (next == nullptr || next->reader->last_heard() < transport::Clock::now() - kMissedBeats * heartbeat)
      return at;
    const std::uint64_t waits_for = next->reader->waits_for();
    // Whoever waits for us, who have nothing to do, has not done its part either.
    if (waits_for >= config_.plan->setting.endpoints() || waits_for == config_.self.value) return at;
    at = EndpointId{static_cast<std::uint32_t>(waits_for)};
  }
  return at;
}

bool Session::waits_for_inputs() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const Link& link) { return link.reader->waits_for() == transport::kWaitsForInput; });
}

std::uint64_t Session::movement() const {
  const std::uint64_t most = config_.plan->steps.size();  // nobody can claim to have done more
  std::uint64_t sum = engine_->steps_done();
  for (const Link& link : links_)
    sum += link.reader->payload_bytes() + std::min<std::uint64_t>(link.reader->progress(), most);
  return sum;
}

Progress Session::progress() const {
  Progress out = engine_->progress();
  for (const Link& link : links_) out.sent.push_back({link.peer, link.writer->payload_bytes()});
  return out;
}

void Session::cut() {
  cut_ = true;
  engine_->stop();
  for (Link& link : links_) {
    link.writer->cut();
    link.reader->cut();
  }
}

}  // namespace tacet::actors
