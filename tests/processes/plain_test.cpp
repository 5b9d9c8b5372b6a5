// The scheme that protects nothing runs where every endpoint asks for it on its command line, and whatever
// such a run says, says so.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "apps/draw/page.hpp"
#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

const std::string kWarning = "NOTHING IS PROTECTED";
const Command kPlain{"--scheme", "plain"};

Command mult3(const std::string& verb, const Command& more = {}) {
  const Command inputs{"-i", "a=2", "-i", "b=3", "-i", "c=7"};
  return Command{program("mult3"), verb} + inputs + kPlain + more;
}

std::string printed(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST(p->exit_code() == 0, p->text() << ": " << p->err());
  return p->out();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plain)

BOOST_AUTO_TEST_CASE(everything_that_a_plain_run_says_says_that_nothing_is_protected) {
  const TempFolder folder;
  const ProcessPtr text = run(mult3("run"));
  says(text->out(), {kWarning, "42", "seen by every party"});
  says(text->err(), {"WITHOUT ANY PROTECTION", kWarning});
  BOOST_TEST(text->out().find("alone") == std::string::npos, text->out());
  says(Json::parse(printed(mult3("run", {"--json"})))["warning"], {kWarning});
  says(printed(mult3("explain")), {kWarning});
  says(printed(mult3("explain", {"--analyze"})), {kWarning});
  says(Json::parse(printed(mult3("explain", {"--json"})))["warning"], {kWarning});
  says(printed(mult3("graph")), {"plain: protects nothing"});
  says(Json::parse(printed(mult3("graph", {"--format", "json"})))["warning"], {kWarning});
  if (tacet::apps::has_page()) says(printed(mult3("graph", {"--format", "html"})), {kWarning});
  printed(mult3("run", {"--trace", folder / "trace.json"}));
  says(Json::parse(read_text(folder / "trace.json"))["otherData"]["warning"], {kWarning});
  const std::string network = std::string(TACET_SOURCE_DIR) + "/apps/examples/data/digits";
  const Command model{"--model", network + ".tflite"};
  const Command image{"--image", std::string(TACET_SOURCE_DIR) + "/apps/examples/data/digit_7.png"};
  const Command classify = Command{program("tacet"), "classify"} + model + image + kPlain;
  says(printed(classify), {kWarning, "seen by every party"});
  says(Json::parse(printed(classify + Command{"--json"}))["warning"], {kWarning});
  const std::string explained = printed(Command{program("tacet"), "classify", "explain"} + model + kPlain);
  says(explained, {kWarning});
  BOOST_TEST(explained.find("nobody else learns anything") == std::string::npos, explained);
  // A run that does protect says nothing of the kind.
  BOOST_TEST(printed({program("mult3"), "run", "-i", "a=2", "-i", "b=3", "-i", "c=7"}).find(kWarning) ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(parties_and_clients_of_a_plain_run_say_so) {
  const Endpoints all(3, {"clinic", "client"});
  const Command options = kPlain + Command{"--set", "rows=6", "--set", "columns=9", "--set", "scores=1"};
  std::vector<ProcessPtr> endpoints;
  for (std::uint32_t p = 0; p < 3; ++p) endpoints.push_back(start(all.party("risk_score", p, options)));
  endpoints.push_back(
      start(all.client("risk_score", "clinic",
                       options + Command{"-i", "weights=" + data("weights"), "-i", "bias=" + data("bias")})));
  Command text =
      all.client("risk_score", "client",
                 options + Command{"-i", "records=" + data("records"), "-o", "scores=" + all.file("s.csv")});
  std::erase(text, "--json");
  const ProcessPtr client = run(text);
  BOOST_TEST(client->exit_code() == 0, client->err());
  says(client->out(), {kWarning, "meant for client, seen by every party"});
  says(client->err(), {kWarning});
  for (const ProcessPtr& p : endpoints) {
    BOOST_TEST_REQUIRE(all_end({p.get()}, 20s));
    BOOST_TEST(p->exit_code() == 0, p->err());
    says(Json::parse(p->out())["warning"], {kWarning});
    says(p->err(), {kWarning});
  }
}

BOOST_AUTO_TEST_CASE(an_abort_of_a_plain_run_says_so) {
  const Endpoints all(3, {});
  const ProcessPtr p =
      run(all.party("mult3", 0, kPlain + Command{"-i", "a=5", "--connect-timeout", "0.3", "--log", "off"}));
  BOOST_TEST(p->exit_code() == 1);
  says(p->err(), {"aborted: ", kWarning});
  says(Json::parse(p->out())["warning"], {kWarning});
}

BOOST_AUTO_TEST_CASE(a_cluster_file_cannot_turn_protection_off) {
  const Endpoints all(3, {});
  all.write_cluster("plain.toml", 3, "plain");
  for (const Command& more : {Command{}, kPlain})
    refused(all.party("mult3", 0, Command{"-i", "a=5"} + more, "plain.toml"),
            {all.file("plain.toml") + ":1:10", "scheme is \"plain\"", "expected \"rss\"", "--scheme plain",
             "every endpoint"});
}

BOOST_AUTO_TEST_SUITE_END()
