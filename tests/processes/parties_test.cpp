// Parties and clients as processes of their own, over TLS, with certificates and a cluster file.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

void check_risk_score(std::uint32_t n) {
  const Endpoints all(n, {"clinic", "client"});
  const Command sizes{"--set", "rows=6", "--set", "columns=9"};
  std::vector<ProcessPtr> parties;
  for (std::uint32_t p = 0; p < n; ++p) parties.push_back(start(all.party("risk_score", p, sizes)));
  const ProcessPtr clinic =
      start(all.client("risk_score", "clinic",
                       sizes + Command{"-i", "weights=" + data("weights"), "-i", "bias=" + data("bias")}));
  const ProcessPtr client =
      start(all.client("risk_score", "client",
                       {"-i", "records=" + data("records"), "-o", "malignant=" + all.file("classes.json")}));
  std::vector<Process*> everyone{clinic.get(), client.get()};
  for (const ProcessPtr& p : parties) everyone.push_back(p.get());
  BOOST_TEST_REQUIRE(all_end(everyone, 20s));
  const Json predicted = Json::parse(
      run(Command{program("risk_score"), "explain", "--json", "-n", std::to_string(n)} + sizes)->out());
  for (Process* p : everyone) {
    BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
    BOOST_TEST(beside_inputs(p->err()) == "");
  }
  for (std::uint32_t p = 0; p < n; ++p) {
    const Json result = Json::parse(parties[p]->out());
    BOOST_TEST((result["outputs"] == Json::object()),
               "party " << p << " learns " << result["outputs"].dump());
    BOOST_TEST((result["bytes_sent"] == Json({predicted["bytes_sent"][p]})));
    BOOST_TEST((result["wire_bytes"][0] > result["bytes_sent"][0]));
  }
  BOOST_TEST((Json::parse(clinic->out())["outputs"] == Json::object()));
  const Json outputs = Json::parse(client->out())["outputs"];
  BOOST_TEST((outputs == Json{{"malignant", plain_classes(data("records"))}}), outputs.dump());
  BOOST_TEST((Json::parse(read_text(all.file("classes.json"))) == outputs["malignant"]));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parties)

BOOST_AUTO_TEST_CASE(three_parties_and_two_clients_score_records) {
  check_risk_score(3);
}
BOOST_AUTO_TEST_CASE(five_parties_and_two_clients_score_records) {
  check_risk_score(5);
}

BOOST_AUTO_TEST_CASE(only_receivers_learn_and_write_outputs) {
  const Endpoints all(3, {});
  const ProcessPtr p0 = start(all.party(
      "crosstabs", 0, {"-i", "category=" + data("category"), "-o", "counts=" + all.file("counts.csv")}));
  const ProcessPtr p1 =
      start(all.party("crosstabs", 1,
                      {"--set", "people=8", "--set", "categories=3", "-i", "value=" + data("value"), "-o",
                       "totals=" + all.file("totals.csv")}));
  const ProcessPtr p2 = start(all.party(
      "crosstabs", 2,
      {"--set", "people=8", "--set", "categories=3", "-o", "totals=" + all.file("not_for_us.csv")}));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 20s));
  for (const ProcessPtr* p : {&p0, &p1}) {
    BOOST_TEST((*p)->exit_code() == 0, (*p)->err());
    BOOST_TEST(
        (Json::parse((*p)->out())["outputs"] == Json{{"totals", {4700, 4140, 1810}}, {"counts", {3, 3, 2}}}));
  }
  BOOST_TEST(p2->exit_code() == 0);
  BOOST_TEST((Json::parse(p2->out())["outputs"] == Json::object()));
  says(p2->err(), {"output \"totals\" is not learnt here"});
  BOOST_TEST(read_text(all.file("counts.csv")) == "3\n3\n2\n");
  BOOST_TEST(read_text(all.file("totals.csv")) == "4700\n4140\n1810\n");
  BOOST_TEST(!fs::exists(all.file("not_for_us.csv")));
}

BOOST_AUTO_TEST_CASE(a_party_may_be_chosen_by_name_and_come_late) {
  const Endpoints all(3, {});
  const auto by_name = [&](const std::string& name, const std::string& input) {
    return start({program("mult3"), "party", "--json", "--cluster", all.file("cluster.toml"), "--cert",
                  all.file(name + ".crt"), "--key", all.file(name + ".key"), "--name", name, "-i", input});
  };
  const ProcessPtr p0 = by_name("p0", "a=-3"), p2 = by_name("p2", "c=5");
  BOOST_TEST(!p0->ended_by(Clock::now() + 700ms), p0->err());
  const ProcessPtr p1 = by_name("p1", "b=11");
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 10s));
  for (const ProcessPtr* p : {&p0, &p1, &p2})
    BOOST_TEST((Json::parse((*p)->out())["outputs"] == Json{{"product", -165}}), (*p)->err());
}

BOOST_AUTO_TEST_CASE(a_party_may_listen_elsewhere_than_where_others_call) {
  Endpoints all(3, {});
  const std::string here = "127.0.0.1:" + std::to_string(all.port(0));
  // An address of its own that no machine has, as behind a NAT: others have the one that leads here.
  std::string own = read_text(all.file("cluster.toml"));
  own.replace(own.find(here), here.size(), "192.0.2.1:7\"\nlisten = \"" + here);
  write_text(all.file("own.toml"), own);
  const ProcessPtr p0 = start(all.party("mult3", 0, {"-i", "a=2"}, "own.toml")),
                   p1 = start(all.party("mult3", 1, {"-i", "b=3"})),
                   p2 = start(all.party("mult3", 2, {"-i", "c=7"}));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 20s));
  for (const ProcessPtr* p : {&p0, &p1, &p2})
    BOOST_TEST((Json::parse((*p)->out())["outputs"] == Json{{"product", 42}}), (*p)->err());
}

BOOST_AUTO_TEST_CASE(a_certificate_that_expires_within_30_days_is_warned_of) {
  Endpoints all(3, {});
  for (const int days : {29, 31}) {
    const std::string cert = all.file("p0.crt"), key = all.file("p0.key");
    fs::remove(cert), fs::remove(key);
    all.make_certificate("p0", days);
    all.write_cluster("cluster.toml", 3);
    const ProcessPtr p0 = run(all.party("mult3", 0, {"-i", "a=1", "--connect-timeout", "0.1"}));
    BOOST_TEST(p0->exit_code() == 1);  // nobody else is there
    const std::string warning = cert + " expires in 28 days: make a new one";
    BOOST_TEST((p0->err().find(warning) != std::string::npos) == (days == 29), p0->err());
    BOOST_TEST((p0->err().find("expires") != std::string::npos) == (days == 29), p0->err());
  }
}

BOOST_AUTO_TEST_CASE(a_job_of_many_frames_is_right_at_the_end) {
  constexpr int kSize = 40'000, kDepth = 30;
  const Endpoints all(3, {"alice", "bob"});
  std::string x;
  std::vector<std::uint64_t> expected;
  for (int i = 0; i < kSize; ++i) {
    x += std::to_string(i) + "\n";
    std::uint64_t value = static_cast<std::uint64_t>(i);
    for (int d = 0; d < kDepth; ++d) value = value * 12345678901u + 1;
    expected.push_back(value);
  }
  write_text(all.file("x.csv"), x);
  const Command sizes{"--set", "depth=" + std::to_string(kDepth), "--set", "size=" + std::to_string(kSize)};
  const ProcessPtr p0 = start(all.party("long_chain", 0, sizes + Command{"-i", "factor=12345678901"}));
  const ProcessPtr p1 = start(all.party("long_chain", 1, sizes)),
                   p2 = start(all.party("long_chain", 2, sizes));
  const ProcessPtr alice =
      start(all.client("long_chain", "alice", sizes + Command{"-i", "x=" + all.file("x.csv")}));
  const ProcessPtr bob = start(all.client("long_chain", "bob", sizes));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get(), alice.get(), bob.get()}, 30s));
  BOOST_TEST_REQUIRE(bob->exit_code() == 0, bob->err());
  BOOST_TEST((Json::parse(bob->out())["outputs"]["result"] == Json(expected)));
}

BOOST_AUTO_TEST_SUITE_END()
