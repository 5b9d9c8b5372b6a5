// Each party in a process of its own. A child speaks to its parent in lines: its port, then for each run
// "ready", and what came of it.

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/bench/run.hpp"
#include "protocols/plan_digest.hpp"
#include "transport/identity.hpp"
#include "transport/listener.hpp"

namespace tacet::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kPatience{30};

/// One end of a line-by-line conversation.
class Line {
 public:
  explicit Line(int descriptor) : descriptor_(descriptor) {}
  ~Line() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Line(Line&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), text_(std::move(other.text_)) {}
  Line& operator=(Line&&) = delete;

  void say(const std::string& text) const {
    const std::string line = text + "\n";
    for (std::size_t at = 0; at < line.size();) {
      const ssize_t sent = send(descriptor_, line.data() + at, line.size() - at, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return;  // whoever listened is gone, which the next hear() says
      at += static_cast<std::size_t>(sent);
    }
  }

  /// The next line; nothing if the other end is gone, time is up or `cancelled` says so.
  std::optional<std::string> hear(std::chrono::milliseconds patience,
                                  const std::function<bool()>& cancelled = {}) {
    const Clock::time_point deadline = Clock::now() + patience;
    while (true) {
      if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      if (Clock::now() >= deadline || (cancelled && cancelled())) return std::nullopt;
      pollfd waits{descriptor_, POLLIN, 0};
      if (poll(&waits, 1, static_cast<int>(kGatePoll.count())) <= 0) continue;
      char buffer[4096];
      const ssize_t got = recv(descriptor_, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      text_.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int descriptor_;
  std::string text_;
};

class Child {
 public:
  Child(pid_t process, int descriptor, std::string name)
      : line(descriptor), process_(process), name_(std::move(name)) {}
  ~Child() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Child(Child&& other) noexcept
      : line(std::move(other.line)),
        process_(std::exchange(other.process_, -1)),
        name_(std::move(other.name_)) {}
  Child& operator=(Child&&) = delete;

  std::string expect() {
    std::optional<std::string> text = line.hear(kPatience);
    if (!text) throw Error(Errc::aborted, name_ + " has ended or says nothing");
    return *text;
  }

  Line line;

 private:
  pid_t process_;
  std::string name_;
};

constexpr std::pair<const char*, std::uint64_t actors::Stats::*> kSizes[] = {
    {"bytes_sent", &actors::Stats::bytes_sent},
    {"offline_bytes", &actors::Stats::offline_bytes},
    {"drawn_bytes", &actors::Stats::drawn_bytes},
    {"offline_drawn_bytes", &actors::Stats::offline_drawn_bytes},
    {"wire_bytes", &actors::Stats::wire_bytes},
    {"frames", &actors::Stats::frames},
    {"peak_memory_bytes", &actors::Stats::peak_memory_bytes},
};

Json to_json(const PartyRun& run) {
  Json json{{"first", run.first},
            {"last", run.last},
            {"rounds", run.stats.rounds},
            {"online_seconds", run.stats.online_seconds},
            {"outputs", Json::object()}};
  for (const auto& [name, field] : kSizes) json[name] = run.stats.*field;
  for (const auto& [name, tensor] : run.outputs) {
    Json& words = json["outputs"][name] = Json::array();
    for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
      words.push_back(static_cast<std::uint64_t>(tensor.get(i)));
      words.push_back(static_cast<std::uint64_t>(tensor.get(i) >> 64));
    }
  }
  return json;
}

PartyRun from_json(const Json& json, const Plan& plan) {
  PartyRun run;
  run.first = json["first"], run.last = json["last"];
  run.stats.rounds = json["rounds"], run.stats.online_seconds = json["online_seconds"];
  for (const auto& [name, field] : kSizes) run.stats.*field = json[name];
  for (const OutputInfo& info : plan.graph.outputs()) {
    const auto words = json["outputs"].find(info.name);
    if (words == json["outputs"].end()) continue;
    const ValueType& type = plan.graph.type(info.node);
    Tensor tensor(type.element, type.shape);
    for (std::uint64_t i = 0; i < tensor.elements(); ++i)
      tensor.set(i, static_cast<u128>((*words)[2 * i + 1].get<std::uint64_t>()) << 64 |
                        (*words)[2 * i].get<std::uint64_t>());
    run.outputs.emplace(info.name, std::move(tensor));
  }
  return run;
}

/// What all parties know before they part.
struct Job {
  const BenchOptions& options;
  const std::shared_ptr<const Plan>& plan;
  const std::map<std::string, Tensor>& inputs;
  const Counts& counts;
  transport::Digest digest;
  std::vector<std::string> names;
  std::vector<transport::Identity> identities;
};

PartyRun run_once(const Job& job, EndpointId self, const std::vector<transport::Peer>& peers,
                  transport::Listener& listener, Line& parent) {
  Stopwatch watch;
  const transport::Hello hello = actors::make_hello(*job.plan, job.digest, self);
  actors::PartyConfig config = actors::config_for(job.plan, hello);
  config.names = job.names;
  config.timeouts.silence = kSilence;
  config.workers = job.options.threads;
  config.hooks = watch.hooks(*job.plan, job.counts);
  config.provide = [&](const std::function<bool()>& cancelled) {
    parent.say("ready");
    (void)parent.hear(kPatience, cancelled);
    watch.begin();
    return inputs_of(*job.plan, job.inputs, self);
  };
  config.connect = [&](const transport::Limit& limit, const transport::CancelToken& cancel) {
    auto mesh = transport::connect_all(job.identities[self.value], hello, peers, &listener, limit, cancel);
    if (auto* streams = std::get_if<transport::Mesh>(&mesh); streams != nullptr && job.options.shape)
      transport::shape(*streams, *job.options.shape);
    return mesh;
  };
  actors::Party party(std::move(config));
  actors::JobResult result = party.wait();
  if (result.abort) throw Error(Errc::aborted, result.abort->text());
  return {watch.first(), watch.last(result.stats), result.stats, std::move(result.outputs)};
}

void be_party(const Job& job, EndpointId self, Line& parent) {
  transport::Listener listener("127.0.0.1", 0);
  parent.say(std::to_string(listener.port()));
  const std::optional<std::string> ports = parent.hear(kPatience);
  if (!ports) return;
  std::istringstream text(*ports);
  std::vector<transport::Peer> peers;
  for (std::uint32_t p = 0; p < job.plan->setting.n; ++p) {
    std::uint16_t port = 0;
    text >> port;
    if (p != self.value)
      peers.push_back({EndpointId{p}, job.names[p], "127.0.0.1", port, {job.identities[p].fingerprint()}});
  }
  for (unsigned i = 0; i < job.options.repeat; ++i)
    parent.say(to_json(run_once(job, self, peers, listener, parent)).dump());
}

Child start(const Job& job, EndpointId self) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(Errc::aborted, "no socket for a party's process: " + std::string(std::strerror(errno)));
  const pid_t parent = getpid(), process = fork();
  if (process < 0) {
    close(ends[0]), close(ends[1]);
    throw Error(Errc::aborted, "no process for a party: " + std::string(std::strerror(errno)));
  }
  if (process > 0) {
    close(ends[1]);
    return {process, ends[0], job.names[self.value]};
  }
  // Nothing of the parent's ends with this process: neither its children nor what it has yet to print.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  close(ends[0]);
  Line line(ends[1]);
  try {
    be_party(job, self, line);
  } catch (const std::exception& e) {
    line.say(e.what());
  }
  _exit(0);
}

}  // namespace

std::vector<std::vector<PartyRun>> run_processes(const BenchOptions& options,
                                                 const std::shared_ptr<const Plan>& plan,
                                                 const std::map<std::string, Tensor>& inputs,
                                                 const Counts& counts) {
  Job job{options, plan, inputs, counts, protocols::plan_digest(*plan), {}, {}};
  std::vector<Child> children;
  for (std::uint32_t p = 0; p < plan->setting.n; ++p) {
    job.names.push_back("party-" + std::to_string(p));
    job.identities.push_back(transport::make_identity(job.names.back(), 1));
  }
  for (std::uint32_t p = 0; p < plan->setting.n; ++p) children.push_back(start(job, EndpointId{p}));
  std::string ports;
  for (Child& child : children) ports += child.expect() + " ";
  for (Child& child : children) child.line.say(ports);
  std::vector<std::vector<PartyRun>> runs;
  for (unsigned i = 0; i < options.repeat; ++i) {
    for (Child& child : children)
      if (const std::string text = child.expect(); text != "ready") throw Error(Errc::aborted, text);
    for (Child& child : children) child.line.say("go");
    std::vector<PartyRun> parties;
    for (Child& child : children) {
      const std::string text = child.expect();
      const Json json = Json::parse(text, nullptr, false);
      if (json.is_discarded()) throw Error(Errc::aborted, text);
      parties.push_back(from_json(json, *plan));
    }
    runs.push_back(std::move(parties));
  }
  return runs;
}

}  // namespace tacet::bench
