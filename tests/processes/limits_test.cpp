// One endpoint of a job has too little of something: address space, threads, descriptors, memory. Whatever it
// lacks, everybody ends in time: with the right result, or with words that name it, and it says what it
// lacked.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "tests/processes/job.hpp"

using namespace tacet::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // needs address space without end
#else
constexpr bool kSanitized = false;
#endif

/// What an endpoint is started with, and what it may say that it lacks.
struct Limit {
  std::string text;
  std::uint32_t victim;
  Command prefix;
  std::vector<std::string> lacks;
};

const std::vector<std::string> kMemoryOrThreads{"memory", "malloc", "shared object", "thread"};
const std::vector<std::string> kThreads{"thread"};
const std::vector<std::string> kDescriptors{"descriptors"};

Limit limited(const std::string& option, std::uint64_t value, std::uint32_t victim,
              const std::vector<std::string>& lacks, const Command& before = {}) {
  const std::string word = "--" + option + "=" + std::to_string(value);
  return {word, victim, before + Command{"prlimit", word}, lacks};
}

/// A control group with one limit, of either version; it goes with its owner.
class ControlGroup {
 public:
  ControlGroup(const std::string& controller, const std::string& file2, const std::string& file1,
               std::uint64_t value) {
    const std::string name = "tacet-limits-" + std::to_string(::getpid()) + "-" + controller;
    const fs::path root = "/sys/fs/cgroup";
    for (const auto& [parent, file] : {std::pair{root, file2}, std::pair{root / controller, file1}}) {
      std::error_code error;
      if (!fs::create_directory(parent / name, error)) continue;
      std::ofstream(parent / name / file) << value << std::flush;
      if (read_text(parent / name / file) == std::to_string(value) + "\n") {
        folder_ = parent / name;
        return;
      }
      fs::remove(parent / name, error);
    }
    BOOST_TEST_MESSAGE("skipped: no control group of " << controller << " can be made here");
  }
  ~ControlGroup() {
    if (!works()) return;
    // The kernel lets it go only after the last process has been buried.
    std::error_code error;
    for (int i = 0; i < 500 && !fs::remove(folder_, error); ++i) std::this_thread::sleep_for(10ms);
  }
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  bool works() const { return !folder_.empty(); }
  Command prefix() const {
    return {"sh", "-c", "echo $$ > " + (folder_ / "cgroup.procs").string() + " && exec \"$@\"", "sh"};
  }

 private:
  fs::path folder_;
};

JobPlace place_of(const Limit& limit) {
  JobPlace place;
  place.prefix = [&limit](std::uint32_t endpoint) {
    return endpoint == limit.victim ? limit.prefix : Command{};
  };
  return place;
}

/// One job for each limit, all at once.
void check_limits(const std::vector<Limit>& limits) {
  std::vector<std::unique_ptr<LongJob>> jobs;
  for (const Limit& limit : limits)
    jobs.push_back(std::make_unique<LongJob>(3, Command{"--connect-timeout", std::to_string(5 * kSlow)},
                                             /*depth=*/20, place_of(limit),
                                             /*size=*/20'000));
  for (std::size_t i = 0; i < limits.size(); ++i)
    BOOST_TEST_CONTEXT(limits[i].text << " of endpoint " << limits[i].victim) {
      LongJob& job = *jobs[i];
      Process& victim = job.endpoint(limits[i].victim);
      BOOST_TEST_REQUIRE(all_end({&victim}, 15s));
      BOOST_TEST_MESSAGE(limits[i].text << " of endpoint " << limits[i].victim << ": exit code "
                                        << victim.exit_code());
      if (victim.exit_code() == 0) {
        job.check_everyone_succeeds();
        continue;
      }
      job.check_everyone_ends(&victim, Clock::now(), 10s, limits[i].victim, "", limits[i].text);
      const std::string err = victim.err();
      const bool killed = victim.exit_code() == 128 + SIGKILL;  // by the kernel, which has no words
      BOOST_TEST((killed ||
                  std::any_of(limits[i].lacks.begin(), limits[i].lacks.end(),
                              [&](const std::string& word) { return err.find(word) != std::string::npos; })),
                 "exit code " << victim.exit_code() << ": " << err);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(too_little_address_space_is_told_and_blamed_on_nobody_else) {
  if (kSanitized) {
    BOOST_TEST_MESSAGE("skipped: sanitizers need address space without end");
    return;
  }
  std::vector<Limit> limits;
  // From what its libraries do not fit in to what is enough; endpoint 3 is the client alice.
  for (const auto& [mib, victim] : {std::pair<std::uint64_t, std::uint32_t>{8, 1},
                                    {60, 0},
                                    {150, 2},
                                    {300, 1},
                                    {400, 3},
                                    {550, 0},
                                    {2000, 0}})
    limits.push_back(limited("as", mib << 20, victim, kMemoryOrThreads));
  check_limits(limits);
}

BOOST_AUTO_TEST_CASE(too_few_descriptors_threads_or_memory_are_told_and_blamed_on_nobody_else) {
  std::vector<Limit> limits{limited("nofile", 8, 1, kDescriptors), limited("nofile", 40, 3, kDescriptors),
                            limited("nofile", 256, 2, kDescriptors)};
  const ControlGroup few("pids", "pids.max", "pids.max", 12),
      little("memory", "memory.max", "memory.limit_in_bytes", std::uint64_t{16} << 20);
  if (few.works()) limits.push_back({"pids of a control group", 0, few.prefix(), kThreads});
  if (little.works() && !kSanitized)
    limits.push_back({"memory of a control group", 1, little.prefix(), kMemoryOrThreads});
  if (::geteuid() == 0) {
    // Root has no such limit, so the endpoint is somebody else, who runs nothing and may read what root may.
    const Command as_nobody{"setpriv", "--reuid=54321", "--inh-caps=+dac_override",
                            "--ambient-caps=+dac_override"};
    for (const std::uint64_t count : {1, 16})
      limits.push_back(limited("nproc", count, 1, kThreads, as_nobody));
  } else {
    BOOST_TEST_MESSAGE("skipped: only root can become a user who runs nothing else");
  }
  check_limits(limits);
}

// The mistake is nobody's on the command line: exit code 1, and what to raise.
BOOST_AUTO_TEST_CASE(a_run_with_too_few_descriptors_or_threads_says_how_many_it_needs_and_what_to_raise) {
  const Command job{program("mult3"), "run", "-i", "a=1", "-i", "b=2", "-i", "c=3"};
  for (const int count : {4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17, 19, 24, 32, 40, 50, 55}) {
    const ProcessPtr p = run(Command{"prlimit", "--nofile=" + std::to_string(count)} + job);
    BOOST_TEST(p->exit_code() == 1, count << ": " << p->err());
    says(p->err(), {"this endpoint needs ", " more file descriptors and may open ", "ulimit -n"});
  }
  if (kSanitized) return;
  for (const std::uint64_t kib : {20'000, 30'000, 60'000, 100'000, 200'000, 400'000}) {
    const ProcessPtr p = run(Command{"prlimit", "--as=" + std::to_string(kib << 10)} + job);
    // Below what its libraries need the dynamic loader ends the process.
    BOOST_TEST((p->exit_code() == 1 || p->exit_code() == 127), kib << ": " << p->err());
    BOOST_TEST(std::any_of(kMemoryOrThreads.begin(), kMemoryOrThreads.end(),
                           [&](const std::string& word) { return p->err().find(word) != std::string::npos; }),
               kib << ": " << p->err());
  }
}

BOOST_AUTO_TEST_CASE(files_that_may_not_grow_are_told_and_results_shown) {
  std::string numbers = "1";
  for (int i = 1; i < 1000; ++i) numbers += ",1";
  for (const int bytes : {1, 100, 1024}) {
    const TempFolder folder;
    int out[2], err[2];
    BOOST_TEST_REQUIRE(::pipe(out) == 0);
    BOOST_TEST_REQUIRE(::pipe(err) == 0);
    ProcessPtr p = start(
        {"prlimit", "--fsize=" + std::to_string(bytes), program("long_chain"), "run", "--set", "depth=1",
         "-i", "factor=1", "-i", "x=[" + numbers + "]", "-o", "result=" + folder / "result.csv", "--json"},
        {out[1], err[1], folder.path().string()});
    ::close(out[1]), ::close(err[1]);
    const auto read_all = [](int fd) {
      std::string text;
      char buffer[4096];
      for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
      ::close(fd);
      return text;
    };
    const std::string printed = read_all(out[0]), told = read_all(err[0]);
    BOOST_TEST_REQUIRE(all_end({p.get()}, 20s));
    BOOST_TEST(p->exit_code() == 3, bytes << ": " << told);
    says(told, {"cannot write " + folder / "result.csv" + ": File too large",
                "output \"result\" stands on standard output instead"});
    says(printed, {"\"result\":[2, 2, 2"});
    BOOST_TEST(folder.names().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_signal_ends_an_endpoint_with_little_of_everything_in_every_state) {
  Limit tight = limited("nofile", 64, 0, {});
  if (!kSanitized) tight.prefix.push_back("--as=" + std::to_string(std::uint64_t{1200} << 20));
  {
    const Endpoints all(3, {"alice", "bob"});
    const ProcessPtr alone = start(
        tight.prefix + all.party("long_chain", 0, {"--log", "info", "--set", "size=2", "-i", "factor=3"}));
    const auto deadline = Clock::now() + 30s * kSlow;
    while (alone->err().find(": waiting for ") == std::string::npos && !alone->ended() &&
           Clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    alone->signal(SIGTERM);
    BOOST_TEST(all_end({alone.get()}, 2s), "waiting for others");
  }
  for (const bool stalled : {false, true}) {
    LongJob job(3, {}, 10'000, place_of(tight));
    job.wait_until_it_runs();
    if (stalled) job.party(1).signal(SIGSTOP);
    job.party(0).signal(SIGTERM);
    BOOST_TEST(all_end({&job.party(0)}, 2s), (stalled ? "stalled" : "running"));
    BOOST_TEST(job.party(0).exit_code() == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
