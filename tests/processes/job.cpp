#include "tests/processes/job.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <thread>

namespace tacet::test {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;

}  // namespace

void names(Process& endpoint, std::uint32_t culprit, const std::string& reason) {
  BOOST_TEST_CONTEXT(endpoint.text()) {
    BOOST_TEST(endpoint.exit_code() == 1);
    const std::string err = endpoint.err();
    says(err, {"aborted: ", reason});
    const Json aborted = Json::parse(endpoint.out())["aborted"];
    BOOST_TEST((aborted["culprit"] == culprit), aborted.dump());
    BOOST_TEST(err.find(aborted["name"].get<std::string>() + " ") != std::string::npos, err);
    BOOST_TEST(err.find(aborted["name"].get<std::string>() + " " + aborted["name"].get<std::string>()) ==
                   std::string::npos,
               "says the name twice: " << err);
  }
}

LongJob::LongJob(std::uint32_t n, const Command& more, int depth, const JobPlace& place, int size)
    : all_(n, {"alice", "bob"}), depth_(depth), size_(size) {
  if (place.address) {
    for (std::uint32_t p = 0; p < n; ++p) all_.set_host(p, place.address(p));
    all_.write_cluster("cluster.toml", n);
  }
  std::string x;
  for (int i = 0; i < size_; ++i) x += std::to_string(i) + "\n";
  write_text(all_.file("x.csv"), x);
  const Command sizes = Command{"--log", "info",
                                "--set", "size=" + std::to_string(size),
                                "--set", "depth=" + std::to_string(depth)} +
                        more;
  const auto launch = [&](std::uint32_t endpoint, const Command& command) {
    return start(place.prefix(endpoint) + command);
  };
  begin_ = Clock::now();
  for (std::uint32_t p = 0; p < n; ++p)
    parties_.push_back(
        launch(p, all_.party("long_chain", p,
                             p == 0 ? sizes + Command{"-i", "factor=" + std::to_string(kFactor)} : sizes)));
  alice_ = launch(n, all_.client("long_chain", "alice", sizes + Command{"-i", "x=" + all_.file("x.csv")}));
  bob_ = launch(n + 1, all_.client("long_chain", "bob", sizes));
}

void LongJob::wait_until_it_runs() {
  // Its log says how far it is once its first step is done.
  const auto deadline = Clock::now() + 60s * kSlow;
  for (std::size_t p = 0; p < parties_.size(); ++p) {
    while (parties_[p]->err().find(": round ") == std::string::npos && !parties_[p]->ended() &&
           Clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    BOOST_TEST_REQUIRE(!parties_[p]->ended(), "party " << p << " ended early: " << parties_[p]->err());
    BOOST_TEST_REQUIRE((Clock::now() < deadline), "party " << p << " does not run");
  }
}

void LongJob::check_everyone_ends(Process* victim, Clock::time_point since, std::chrono::milliseconds within,
                                  std::optional<std::uint32_t> culprit, const std::string& reason,
                                  const std::string& event) {
  std::vector<std::pair<std::string, Process*>> others;
  for (std::size_t p = 0; p < parties_.size(); ++p)
    others.emplace_back("p" + std::to_string(p), parties_[p].get());
  others.emplace_back("alice", alice_.get());
  others.emplace_back("bob", bob_.get());
  std::erase_if(others, [&](const auto& o) { return o.second == victim; });
  std::vector<Process*> processes;
  for (const auto& [name, process] : others) processes.push_back(process);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(since + within - Clock::now());
  BOOST_TEST_REQUIRE(all_end(processes, left));
  std::string times;
  for (const auto& [name, process] : others) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(process->end() - since);
    times += " " + name + " " + std::to_string(took.count()) + " ms";
    const Json aborted = Json::parse(process->out())["aborted"];
    if (!culprit) culprit = aborted["culprit"].get<std::uint32_t>();
    names(*process, *culprit, reason);
  }
  BOOST_TEST_MESSAGE(event << ", until each of the others had ended:" << times);
}

void LongJob::check_everyone_succeeds() {
  std::vector<Process*> everyone{alice_.get(), bob_.get()};
  for (const ProcessPtr& p : parties_) everyone.push_back(p.get());
  BOOST_TEST_REQUIRE(all_end(everyone, 30s));
  for (Process* p : everyone) BOOST_TEST(p->exit_code() == 0, p->text() << ": " << p->err());
  std::vector<std::uint64_t> expected;
  for (int i = 0; i < size_; ++i) {
    std::uint64_t value = static_cast<std::uint64_t>(i);
    for (int d = 0; d < depth_; ++d) value = value * kFactor + 1;
    expected.push_back(value);
  }
  BOOST_TEST((Json::parse(bob_->out())["outputs"]["result"] == Json(expected)));
}

}  // namespace tacet::test
