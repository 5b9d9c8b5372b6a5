// Results are never lost: what cannot be written where it was asked for is kept elsewhere, which is said, and
// the exit code is 3. Files are found out about before a job begins.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

const std::string kTotals = "4700\n4140\n1810\n", kCounts = "3\n3\n2\n";

Command crosstabs(const Command& more) {
  return Command{program("crosstabs"),           "run", "-i",
                 "category=" + data("category"), "-i",  "value=" + data("value")} +
         more;
}

struct Opened {
  int fd;
  explicit Opened(const std::string& path, int flags = O_WRONLY)
      : fd(::open(path.c_str(), flags | O_CLOEXEC)) {
    BOOST_TEST_REQUIRE(fd >= 0, path);
  }
  ~Opened() { ::close(fd); }
};

unsigned mode_of(const std::string& path) {
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0, path);
  return status.st_mode & 0777;
}

/// The only name in the folder that begins so.
std::string kept(const TempFolder& folder, const std::string& stem) {
  std::vector<std::string> found;
  for (const std::string& name : folder.names())
    if (name.starts_with(stem)) found.push_back(name);
  BOOST_TEST_REQUIRE(found.size() == 1u, "files that begin with " << stem);
  return folder / found[0];
}

/// A file system of so many bytes, where one may be mounted.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    works_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    if (!works_) BOOST_TEST_MESSAGE("skipped: nothing can be mounted here");
  }
  ~SmallDisk() {
    if (works_) ::umount(folder_.path().c_str());
  }
  bool works() const { return works_; }
  std::string operator/(const std::string& name) const { return folder_ / name; }
  void fill() const {
    std::ofstream file(folder_ / "rest");
    while (file << std::string(4096, '.') << std::flush) continue;
  }
  void make_room() const { fs::remove(folder_ / "rest"); }

 private:
  TempFolder folder_;
  bool works_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(a_full_standard_output_is_exit_code_3_and_results_are_kept) {
  const Opened full("/dev/full");
  const TempFolder folder;
  const Surroundings around{full.fd, -1, folder.path().string()};
  const ProcessPtr json = run(crosstabs({"--json"}), around);
  BOOST_TEST(json->exit_code() == 3);
  const std::string file = kept(folder, "crosstabs-results-");
  says(json->err(), {"cannot write standard output: No space left on device", "kept in " + file});
  BOOST_TEST(mode_of(file) == 0600u);
  BOOST_TEST((Json::parse(read_text(file))["outputs"]["totals"] == Json({4700, 4140, 1810})));
  fs::remove(file);
  const ProcessPtr text = run(crosstabs({}), around);
  BOOST_TEST(text->exit_code() == 3);
  says(read_text(kept(folder, "crosstabs-results-")), {"totals  (learnt by ", "4700  4140  1810"});
}

BOOST_AUTO_TEST_CASE(every_verb_says_when_standard_output_does_not_take_all) {
  const Opened full("/dev/full");
  const TempFolder folder;
  const Surroundings around{full.fd, -1, folder.path().string()};
  const std::string sample_network = data("").substr(0, data("").rfind('/')) + "/digits.tflite";
  for (const Command& command :
       {Command{program("mult3"), "--help"}, Command{program("mult3"), "explain"},
        Command{program("mult3"), "explain", "--json"}, Command{program("mult3"), "graph"},
        Command{program("tacet"), "keygen", "--name", "bank", "--out", folder.path().string()},
        Command{program("tacet"), "classify", "outline", "--model", sample_network},
        Command{program("tacet"), "classify", "explain", "--model", sample_network},
        Command{program("tacet"), "bench", "latency", "--depth", "10", "--repeat", "1", "--json"}}) {
    const ProcessPtr p = run(command, around);
    BOOST_TEST(p->exit_code() == 3, p->text() << ": " << p->err());
    says(p->err(), {"cannot write standard output: "});
  }
}

BOOST_AUTO_TEST_CASE(a_closed_standard_output_takes_nothing) {
  const TempFolder folder;
  const std::string shell = "exec \"$0\" \"$@\" >&-";
  const ProcessPtr p =
      run(Command{"/bin/sh", "-c", shell} + crosstabs({"--json"}), {-1, -1, folder.path().string()});
  BOOST_TEST(p->exit_code() == 3, p->err());
  says(p->err(), {"cannot write standard output: Bad file descriptor"});
  BOOST_TEST(
      (Json::parse(read_text(kept(folder, "crosstabs-results-")))["outputs"]["counts"] == Json({3, 3, 2})));
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_is_an_error_and_not_the_end_of_the_process) {
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ::close(ends[0]);
  const TempFolder folder;
  const ProcessPtr p =
      run(crosstabs({"-o", "totals=" + folder / "totals.csv"}), {ends[1], -1, folder.path().string()});
  ::close(ends[1]);
  BOOST_TEST(p->exit_code() == 3, p->err());
  says(p->err(), {"cannot write standard output: Broken pipe", "kept in "});
  BOOST_TEST(read_text(folder / "totals.csv") == kTotals);
}

// Nothing is lost where an explanation or a drawing is cut short.
BOOST_AUTO_TEST_CASE(a_reader_that_has_enough_of_what_can_be_had_again_ends_the_process_quietly) {
  for (const Command& command :
       {Command{program("mult3"), "explain"}, Command{program("mult3"), "explain", "--json"},
        Command{program("mult3"), "graph"}, Command{program("mult3"), "graph", "--format", "json"},
        Command{program("mult3"), "--help"}}) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::close(ends[0]);
    const ProcessPtr p = run(command, {ends[1], -1, ""});
    BOOST_TEST(p->exit_code() == 128 + SIGPIPE, p->text() << ": " << p->err());
    BOOST_TEST(p->err() == "");
    // Where the signal is ignored no program ends by it.
    const ProcessPtr told =
        run(Command{"/bin/sh", "-c", "trap '' PIPE; exec \"$@\"", "sh"} + command, {ends[1], -1, ""});
    ::close(ends[1]);
    BOOST_TEST(told->exit_code() == 3, told->text());
    says(told->err(), {"cannot write standard output"});
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_written_is_not_replaced) {
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  write_text(folder / "old.csv", "as it was\n");
  fs::permissions(folder / "old.csv", fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  // Root may write everything, so the program is somebody else, who may read what root may.
  const Command as_nobody{"setpriv", "--reuid=54321", "--inh-caps=-all,+dac_read_search",
                          "--ambient-caps=-all,+dac_read_search"};
  const Command somebody = ::geteuid() == 0 ? as_nobody : Command{};
  for (const Command& writes : {crosstabs({"-o", "totals=" + folder / "old.csv"}),
                                Command{program("mult3"), "graph", "--file", folder / "old.csv"}})
    refused(somebody + writes, {"cannot write " + folder / "old.csv" + ": Permission denied"});
  BOOST_TEST(read_text(folder / "old.csv") == "as it was\n");
  BOOST_TEST((folder.names() == std::vector<std::string>{"old.csv"}));
  const ProcessPtr other = run(somebody + crosstabs({"-o", "totals=" + folder / "new.csv"}));
  BOOST_TEST(other->exit_code() == 0, other->err());
}

BOOST_AUTO_TEST_CASE(an_output_that_fails_keeps_no_other_from_being_written) {
  const TempFolder folder;
  fs::create_symlink("/dev/full", folder / "full.csv");
  // Whichever of them is written first.
  for (const bool swapped : {false, true}) {
    const std::string bad = swapped ? "counts" : "totals", good = swapped ? "totals" : "counts";
    const ProcessPtr p = run(crosstabs({"-o", bad + "=" + folder / "full.csv", "-o",
                                        good + "=" + folder / "good.csv", "--trace", folder / "trace.json"}),
                             {-1, -1, folder.path().string()});
    BOOST_TEST(p->exit_code() == 3, p->err());
    const std::string file = kept(folder, "crosstabs-" + bad + "-");
    says(p->err(), {"cannot write " + folder / "full.csv" + ": No space left on device", "kept in " + file});
    BOOST_TEST(file.ends_with(".csv"));
    BOOST_TEST(read_text(file) == (swapped ? kCounts : kTotals));
    BOOST_TEST(mode_of(file) == 0600u);
    BOOST_TEST(read_text(folder / "good.csv") == (swapped ? kTotals : kCounts));
    // Standard output tells where they are, and does not show what files hold.
    says(p->out(), {"in " + file, "in " + folder / "good.csv"});
    BOOST_TEST(p->out().find("4700") == std::string::npos, p->out());
    BOOST_TEST(Json::parse(read_text(folder / "trace.json")).contains("traceEvents"));
    fs::remove(file);
  }
}

BOOST_AUTO_TEST_CASE(a_trace_that_fails_loses_no_result) {
  const TempFolder folder;
  const ProcessPtr p = run(crosstabs({"--json", "--trace", "/dev/full"}), {-1, -1, folder.path().string()});
  BOOST_TEST(p->exit_code() == 3, p->err());
  BOOST_TEST((Json::parse(p->out())["outputs"]["totals"] == Json({4700, 4140, 1810})));
  BOOST_TEST(Json::parse(read_text(kept(folder, "crosstabs-trace-"))).contains("traceEvents"));
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_is_found_out_before_and_one_that_fills_up_loses_nothing) {
  const SmallDisk disk("64k");
  if (!disk.works()) return;
  disk.fill();
  refused(crosstabs({"-o", "totals=" + disk / "totals.csv"}),
          {"cannot write " + disk / "totals.csv", "No space left on device"});
  disk.make_room();
  // 20,000 products of up to 20 digits are more than it holds.
  const TempFolder folder;
  std::string numbers, products;
  for (int i = 0; i < 20'000; ++i) {
    numbers += std::to_string(i) + "\n";
    products += std::to_string(i + 1) + "\n";
  }
  write_text(folder / "x.csv", numbers);
  const ProcessPtr p = run({program("long_chain"), "run", "--set", "depth=1", "-i", "factor=1", "-i",
                            "x=" + folder / "x.csv", "-o", "result=" + disk / "result.csv"},
                           {-1, -1, folder.path().string()});
  BOOST_TEST(p->exit_code() == 3, p->err());
  says(p->err(), {"cannot write " + disk / "result.csv" + ": No space left on device"});
  BOOST_TEST(read_text(kept(folder, "long_chain-result-")) == products);
  BOOST_TEST(!fs::exists(disk / "result.csv"));
}

BOOST_AUTO_TEST_CASE(what_no_file_takes_is_shown_whole) {
  // No file can be made longer than nothing: neither the one asked for nor one to keep it in.
  const TempFolder folder;
  std::string numbers = "0\n";
  for (int i = 1; i < 1000; ++i) numbers += std::to_string(i) + "\n";
  write_text(folder / "x.csv", numbers);
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const std::string shell = "ulimit -f 1; exec \"$0\" \"$@\"";
  ProcessPtr p =
      start(Command{"/bin/sh", "-c", shell, program("long_chain"), "run", "--set", "depth=1", "-i",
                    "factor=1", "-i", "x=" + folder / "x.csv", "-o", "result=" + folder / "result.csv"},
            {ends[1], -1, folder.path().string()});
  ::close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    out.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  BOOST_TEST_REQUIRE(all_end({p.get()}, 20s));
  BOOST_TEST(p->exit_code() == 3, p->err());
  says(p->err(), {"cannot write " + folder / "result.csv" + ": File too large",
                  "no file takes result, neither in the current folder nor in that for temporary files",
                  "output \"result\" stands on standard output instead"});
  const std::size_t begin = out.find('['), end = out.find(']');
  BOOST_TEST_REQUIRE((begin < end && end != std::string::npos), out);
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 1);
  BOOST_TEST((Json::parse(out.substr(begin, end + 1 - begin)) == Json(expected)), out);
  BOOST_TEST((folder.names() == std::vector<std::string>{"x.csv"}));
}

BOOST_AUTO_TEST_CASE(two_outputs_to_one_file_are_refused_before_anything_runs) {
  const TempFolder folder;
  write_text(folder / "a.csv", "old");
  fs::create_symlink("a.csv", folder / "link.csv");
  fs::create_symlink("new.csv", folder / "to_new.csv");
  fs::create_directory(folder / "sub");
  const auto both = [&](const std::string& one, const std::string& other) {
    refused(crosstabs({"-o", "totals=" + folder / one, "-o", "counts=" + folder / other}),
            {"--output totals=" + folder / one, "--output counts=" + folder / other, "are one file"});
  };
  both("a.csv", "a.csv");
  both("a.csv", "link.csv");
  both("to_new.csv", "new.csv");
  both("sub/../new.csv", "new.csv");
  refused(crosstabs({"-o", "totals=" + folder / "x.json", "--trace", folder / "x.json"}),
          {"--trace", "--output totals=", "are one file"});
  const Opened out(folder / "a.csv");
  // Standard output and error may be one.
  BOOST_TEST(run({program("mult3"), "run", "-i", "a=1", "-i", "b=1", "-i", "c=1", "-o",
                  "product=" + folder / "product.csv"},
                 {out.fd, out.fd, ""})
                 ->exit_code() == 0);
  write_text(folder / "a.csv", "old");
  const ProcessPtr p = run(crosstabs({"-o", "totals=" + folder / "link.csv"}), {out.fd, -1, ""});
  BOOST_TEST(p->exit_code() == 2);
  says(p->err(), {"--output totals=", "standard output", "are one file"});
  BOOST_TEST(read_text(folder / "a.csv") == "old");
  const Endpoints all(3, {});
  refused(all.party("crosstabs", 0,
                    {"-i", "category=" + data("category"), "-o", "totals=" + folder / "a.csv", "-o",
                     "counts=" + folder / "link.csv"}),
          {"are one file"});
}

BOOST_AUTO_TEST_CASE(nothing_that_is_read_is_overwritten) {
  const TempFolder folder;
  const auto copy = [&](const std::string& from, const std::string& name) {
    write_text(folder / name, read_text(from));
    return folder / name;
  };
  const std::string input = copy(data("value"), "value.csv");
  fs::create_symlink("value.csv", folder / "link.csv");
  const std::string before = read_text(input);
  const auto is_refused = [&](const Command& command, const std::string& writer, const std::string& reader) {
    refused(command, {writer, "would overwrite the file of " + reader});
  };
  const auto run_with = [&](const std::string& source, const Command& more) {
    return Command{program("crosstabs"),           "run", "-i",
                   "category=" + data("category"), "-i",  "value=" + source} +
           more;
  };
  const auto output = [&](const std::string& name) { return Command{"-o", "totals=" + folder / name}; };
  is_refused(run_with(input, output("value.csv")), "--output totals=", "--input value");
  is_refused(run_with(input, output("link.csv")), "--output totals=", "--input value");
  is_refused(run_with(input + ",column=1", output("value.csv")), "--output totals=", "--input value");
  is_refused(run_with(folder / "link.csv", {"--trace", input}), "--trace " + input, "--input value");
  is_refused({"/bin/sh", "-c", "exec \"$@\" <" + input, "sh", program("crosstabs"), "run", "-i",
              "category=" + data("category"), "-i", "value=-,format=csv", "-o", "totals=" + input},
             "--output totals=", "--input value");
  const std::string trace = folder / "trace.json";
  BOOST_TEST(run(run_with(input, {"--trace", trace}))->exit_code() == 0);
  is_refused({program("crosstabs"), "graph", "--set", "people=8", "--set", "categories=3", "--format", "html",
              "--trace", trace, "--file", trace},
             "--file " + trace, "--trace");
  const Endpoints all(3, {});
  for (const std::string name : {"cluster.toml", "p0.crt", "p0.key"}) {
    // Outputs have names of their own, links any.
    const std::string link = all.file("to_" + name + ".csv");
    fs::create_symlink(name, link);
    is_refused(all.party("crosstabs", 0, {"-i", "category=" + data("category"), "-o", "totals=" + link}),
               "--output totals=",
               name == "cluster.toml" ? "--cluster"
               : name == "p0.crt"     ? "--cert"
                                      : "--key");
  }
  const fs::path examples = fs::path(TACET_SOURCE_DIR) / "apps/examples/data";
  const std::string model = copy(examples / "digits.tflite", "digits.tflite"),
                    labels = copy(examples / "digits_labels.txt", "labels.txt"),
                    image = copy(examples / "digit_7.png", "digit.png");
  const Command classify{program("tacet"), "classify", "--model", model,
                         "--labels",       labels,     "--image", image};
  is_refused(classify + Command{"--trace", model}, "--trace " + model, "--model");
  is_refused(classify + Command{"--trace", labels}, "--trace " + labels, "--labels");
  is_refused(classify + Command{"--trace", image}, "--trace " + image, "--image");
  is_refused({program("tacet"), "classify", "outline", "--model", model, "--out", model}, "--out " + model,
             "--model");
  is_refused({program("tacet"), "classify", "graph", "--model", model, "--file", model}, "--file " + model,
             "--model");
  BOOST_TEST(read_text(input) == before);
}

BOOST_AUTO_TEST_CASE(results_that_go_to_files_are_not_printed) {
  const Endpoints all(3, {"clinic", "client"});
  const Command open{"--set", "scores=1"}, sizes = open + Command{"--set", "rows=6", "--set", "columns=9"};
  std::vector<ProcessPtr> others;
  for (std::uint32_t p = 0; p < 3; ++p) others.push_back(start(all.party("risk_score", p, sizes)));
  others.push_back(
      start(all.client("risk_score", "clinic",
                       sizes + Command{"-i", "weights=" + data("weights"), "-i", "bias=" + data("bias")})));
  Command text = all.client(
      "risk_score", "client",
      open + Command{"-i", "records=" + data("records"), "-o", "scores=" + all.file("scores.csv")});
  std::erase(text, "--json");
  const ProcessPtr client = run(text);
  BOOST_TEST(client->exit_code() == 0, client->err());
  says(client->out(), {"scores  (learnt by client alone)\nin " + all.file("scores.csv") + "\n", "3 rounds"});
  const std::string scores = read_text(all.file("scores.csv"));
  BOOST_TEST_REQUIRE(std::count(scores.begin(), scores.end(), '\n') == 6);
  BOOST_TEST(client->out().find(scores.substr(0, scores.find('\n'))) == std::string::npos, client->out());
  BOOST_TEST(mode_of(all.file("scores.csv")) == 0600u);
}

BOOST_AUTO_TEST_CASE(results_and_traces_are_private_unless_asked_otherwise) {
  const TempFolder folder;
  const auto modes = [&](const Command& more) {
    const ProcessPtr p = run(
        crosstabs(Command{"-o", "totals=" + folder / "totals.csv", "--trace", folder / "trace.json"} + more));
    BOOST_TEST(p->exit_code() == 0, p->err());
    return std::vector<unsigned>{mode_of(folder / "totals.csv"), mode_of(folder / "trace.json")};
  };
  const mode_t mask = ::umask(0);
  ::umask(mask);
  BOOST_TEST((modes({}) == std::vector<unsigned>{0600, 0600}));
  BOOST_TEST((modes({"--output-mode", "640"}) == std::vector<unsigned>{0640, 0640}));
  BOOST_TEST((modes({}) == std::vector<unsigned>{0600, 0600}));
  // A page shows the trace.
  const auto mode_of_page = [&](const Command& more) {
    const ProcessPtr p = run(Command{program("crosstabs"), "graph", "--set", "people=8", "--set",
                                     "categories=3", "--format", "html", "--file", folder / "page.html"} +
                             more);
    BOOST_TEST(p->exit_code() == 0, p->err());
    return mode_of(folder / "page.html");
  };
  BOOST_TEST(mode_of_page({}) == (0666u & ~mask));
  BOOST_TEST(mode_of_page({"--trace", folder / "trace.json"}) == 0600u);
  BOOST_TEST(mode_of_page({"--trace", folder / "trace.json", "--output-mode", "640"}) == 0640u);
  for (const std::string bad : {"rw", "99", "6400", "", "-1", "888"})
    refused(crosstabs({"--output-mode", bad}), {"--output-mode", "three octal digits"});
}

BOOST_AUTO_TEST_CASE(devices_links_and_pipes_stay_what_they_are) {
  struct stat before {
  }, after{};
  BOOST_TEST_REQUIRE(::stat("/dev/null", &before) == 0);
  BOOST_TEST(run(crosstabs({"--trace", "/dev/null"}))->exit_code() == 0);
  BOOST_TEST_REQUIRE(::stat("/dev/null", &after) == 0);
  BOOST_TEST((before.st_ino == after.st_ino && before.st_mode == after.st_mode));

  const TempFolder folder;
  for (const std::string name : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    const ProcessPtr drawn = run({program("mult3"), "graph", "--file", name});
    BOOST_TEST(drawn->exit_code() == 0, drawn->err());
    BOOST_TEST(drawn->out() == run({program("mult3"), "graph"})->out());
  }
  BOOST_TEST(fs::is_symlink("/dev/stdout"));
  // A shell's redirection is added to, not replaced.
  const ProcessPtr added =
      run({"/bin/sh", "-c", "(echo before; \"$0\" graph --file /dev/stdout; echo after) > " + folder / "log",
           program("mult3")});
  BOOST_TEST(added->exit_code() == 0, added->err());
  const std::string log = read_text(folder / "log");
  BOOST_TEST((log.starts_with("before\n") && log.ends_with("after\n") && log.size() > 100), log);

  fs::create_symlink("real.csv", folder / "link.csv");
  BOOST_TEST_REQUIRE(::mkfifo((folder / "pipe.csv").c_str(), 0600) == 0);
  ProcessPtr p =
      start(crosstabs({"-o", "totals=" + folder / "pipe.csv", "-o", "counts=" + folder / "link.csv"}));
  BOOST_TEST(read_text(folder / "pipe.csv") == kTotals);  // waits for the writer
  BOOST_TEST_REQUIRE(all_end({p.get()}, 20s));
  BOOST_TEST(p->exit_code() == 0, p->err());
  BOOST_TEST(fs::is_fifo(folder / "pipe.csv"));
  BOOST_TEST(fs::is_symlink(folder / "link.csv"));
  BOOST_TEST(read_text(folder / "real.csv") == kCounts);
}

BOOST_AUTO_TEST_CASE(a_signal_while_results_wait_for_a_reader_keeps_them_and_ends_the_process) {
  for (const int number : {SIGINT, SIGTERM}) {
    const TempFolder folder;
    BOOST_TEST_REQUIRE(::mkfifo((folder / "pipe.csv").c_str(), 0600) == 0);
    // Nobody reads standard output either, and it is full.
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    while (::write(ends[1], "................", 16) > 0) continue;
    BOOST_TEST_REQUIRE(::fcntl(ends[1], F_SETFL, 0) == 0);
    ProcessPtr p =
        start(crosstabs({"-o", "totals=" + folder / "pipe.csv", "-o", "counts=" + folder / "counts.csv"}),
              {ends[1], -1, folder.path().string()});
    while (p->err().find("waiting for a reader of ") == std::string::npos && !p->ended())
      std::this_thread::sleep_for(2ms);
    // What waits for nobody has been written already.
    BOOST_TEST(read_text(folder / "counts.csv") == kCounts);
    p->signal(number);
    BOOST_TEST_REQUIRE(all_end({p.get()}, 2s));
    ::close(ends[0]), ::close(ends[1]);
    BOOST_TEST(p->exit_code() == 3, p->err());
    says(p->err(), {"cannot write " + folder / "pipe.csv" + ": interrupted",
                    "cannot write standard output: interrupted"});
    BOOST_TEST(read_text(kept(folder, "crosstabs-totals-")) == kTotals);
    for (const std::string& name : folder.names()) BOOST_TEST(!name.ends_with(".part"), name);
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_is_ended_leaves_no_half_written_file) {
  const TempFolder folder;
  ProcessPtr p =
      start({program("long_chain"), "run", "--set", "depth=100000", "-i", "factor=3", "-i", "x=[1,2]", "-o",
             "result=" + folder / "result.csv", "--trace", folder / "trace.json", "--log", "info"});
  while (p->err().find("plan of ") == std::string::npos && !p->ended()) std::this_thread::sleep_for(2ms);
  p->signal(SIGTERM);
  BOOST_TEST_REQUIRE(all_end({p.get()}, 2s));
  BOOST_TEST(p->exit_code() == 128 + SIGTERM);
  BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()
