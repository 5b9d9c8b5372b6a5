// Running `dot`: the real one where it is installed, and stand-ins that misbehave.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/draw/draw.hpp"
#include "graph/builder.hpp"

namespace tacet::apps {
namespace {

namespace fs = std::filesystem;

/// A PATH with nothing but a `dot` of our own in front of it, for as long as this lives.
class Path {
 public:
  explicit Path(const std::string& script, bool alone = false) : before_(std::getenv("PATH")) {
    std::string name = (fs::temp_directory_path() / "tacet-draw-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    if (!script.empty()) {
      std::ofstream(folder_ / "dot") << "#!/bin/sh\n" << script << "\n";
      chmod((folder_ / "dot").c_str(), 0700);
    }
    setenv("PATH", (alone ? folder_.string() : folder_.string() + ":" + before_).c_str(), 1);
  }
  ~Path() {
    setenv("PATH", before_.c_str(), 1);
    fs::remove_all(folder_);
  }

 private:
  std::string before_;
  fs::path folder_;
};

void expect_error(const std::string& dot, std::chrono::milliseconds deadline,
                  std::vector<std::string> parts) {
  BOOST_CHECK_EXCEPTION(to_svg(dot, deadline), Error, [&](const Error& e) {
    bool all = e.code() == Errc::unsupported;
    for (const std::string& part : parts) all = all && std::string(e.what()).find(part) != std::string::npos;
    if (!all) BOOST_TEST_MESSAGE("the message was: " << e.what());
    return all;
  });
}

boost::test_tools::assertion_result graphviz_is_installed(boost::unit_test::test_unit_id) {
  const char* path = std::getenv("PATH");
  std::stringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (fs::exists(fs::path(folder) / "dot")) return true;
  return false;
}

using namespace std::chrono_literals;

}  // namespace

BOOST_AUTO_TEST_SUITE(draw_svg)

BOOST_AUTO_TEST_CASE(a_plan_becomes_a_picture, *boost::unit_test::precondition(graphviz_is_installed)) {
  Builder b;
  const Value x = b.input("x <&\"\\N> \xff", b.client("Zo\xc3\xab"), ring(32), {3});
  b.output("total", sum(x * x), Builder::party(1));
  const std::string svg = to_svg(to_dot(make_plan(b.graph(), {Scheme::rss, 3, 1}), {.title = "a & b"}));
  BOOST_TEST(svg.find("<svg") != std::string::npos);
  BOOST_TEST(svg.find("</svg>") != std::string::npos);
  for (const char* part : {"x &lt;&amp;&quot;\\N&gt; \xef\xbf\xbd", "from Zo\xc3\xab", "a &amp; b",
                           "learnt by party 1", "draw_svg_test.cpp:"})
    BOOST_TEST(svg.find(part) != std::string::npos, "the picture lacks " << part);
}

BOOST_AUTO_TEST_CASE(what_dot_says_is_passed_on, *boost::unit_test::precondition(graphviz_is_installed)) {
  expect_error("digraph { a -> ", 30s, {"failed", "syntax error"});
}

BOOST_AUTO_TEST_CASE(a_missing_program_is_named) {
  const Path path("", true);
  expect_error("digraph {}", 5s, {"\"dot\"", "PATH", "Graphviz"});
}

BOOST_AUTO_TEST_CASE(a_program_that_hangs_is_ended_at_the_deadline) {
  const Path path("exec sleep 60");
  const auto start = std::chrono::steady_clock::now();
  expect_error(std::string(10 << 20, ' '), 200ms, {"200 ms"});
  BOOST_TEST((std::chrono::steady_clock::now() - start < 20s));
}

BOOST_AUTO_TEST_CASE(a_program_that_leaves_without_reading_is_an_error_and_no_signal) {
  const Path path("echo 'out of paint' >&2; exit 3");
  expect_error(std::string(10 << 20, ' '), 30s, {"failed", "out of paint"});
}

BOOST_AUTO_TEST_CASE(a_program_without_a_picture_failed) {
  const Path path("cat > /dev/null");
  expect_error("digraph {}", 30s, {"failed", "without a word"});
}

BOOST_AUTO_TEST_CASE(large_texts_pass_in_both_directions_at_once) {
  const Path path("cat");
  std::string text;
  for (int i = 0; i < 500000; ++i) text += "line " + std::to_string(i) + "\n";
  BOOST_TEST((to_svg(text, 30s) == text));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::apps
