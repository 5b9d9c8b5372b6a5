// Private inference as its users start it, on the network of digits that ships with the project.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"
#include "tests/processes/job.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

std::string sample(const std::string& name) {
  return std::string(TACET_SOURCE_DIR) + "/apps/examples/data/" + name;
}

Command classify(const Command& more) {
  return Command{program("tacet"), "classify"} + more;
}

Command with_model(const Command& more) {
  return classify(Command{"--model", sample("digits.tflite")} + more);
}

Json result(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  return Json::parse(p->out());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classify_)

BOOST_AUTO_TEST_CASE(digits_are_recognised_in_every_mode) {
  for (const char* mode : {"folded", "folded-pow2", "fixed", "exact"})
    for (const int digit : {0, 2, 3, 5, 7, 8}) {
      const Json r =
          result(with_model({"--image", sample("digit_" + std::to_string(digit) + ".png"), "--labels",
                             sample("digits_labels.txt"), "--json", "--check", "--mode", mode}));
      BOOST_TEST_CONTEXT("mode " << mode << ": " << r.dump()) {
        BOOST_TEST((r["top"][0][0] == digit));
        BOOST_TEST((r["top"].size() == 5));
        BOOST_TEST(r["top"][0][2].get<double>() > 0.5);
        BOOST_TEST((r["logits"].size() == 10));
        BOOST_TEST((r["mode"] == mode));
        BOOST_TEST((r["check"]["same_class"] == true));
        const int most = r["check"]["most"];
        BOOST_TEST(most <= (mode == std::string("exact") ? 0 : 4));
        BOOST_TEST((r["check"]["layers"].size() > 3));
        if (mode != std::string("fixed"))  // what is computed in the clear is what the shares gave
          BOOST_TEST((r["check"]["layers"].back()["histogram"] == r["check"]["histogram"]));
      }
    }
}

BOOST_AUTO_TEST_CASE(images_make_a_batch_and_public_parts_change_nothing) {
  const Command images{"--image", sample("digit_3.png"), "--image", sample("digit_8.png"), "--json"};
  const Json secret = result(with_model(images));
  BOOST_TEST((secret["images"][0]["top"][0][0] == 3));
  BOOST_TEST((secret["images"][1]["top"][0][0] == 8));
  std::uint64_t sent = secret["bytes_sent"][1];
  for (const char* flag : {"--public-scales", "--public-model"}) {
    const Json open = result(with_model(images + Command{flag}));
    BOOST_TEST((open["images"] == secret["images"]), flag);
    BOOST_TEST(open["bytes_sent"][1].get<std::uint64_t>() < sent, flag);
    sent = open["bytes_sent"][1];
  }
  for (const char* n : {"5", "7"})
    BOOST_TEST((result(with_model(images + Command{"-n", n}))["images"] == secret["images"]));
}

BOOST_AUTO_TEST_CASE(what_runs_here_alone_is_planned_for_one_machine) {
  const Command five{"-n", "5", "--json"}, image{"--image", sample("digit_5.png")};
  const auto planned_for = [&](const std::string& network) {
    const Command command{"classify", "explain", "--model", sample("digits.tflite"), "--network", network};
    return result(Command{program("tacet")} + command + five)["rounds"];
  };
  BOOST_TEST_REQUIRE((planned_for("loopback") != planned_for("lan")));
  const auto rounds = [&](const Command& more) { return result(with_model(image + five + more))["rounds"]; };
  BOOST_TEST((rounds({}) == planned_for("loopback")));
  BOOST_TEST((rounds({"--network", "lan"}) == planned_for("lan")));
  BOOST_TEST((rounds({"--delay", "0.1"}) == planned_for("lan")));
}

BOOST_AUTO_TEST_CASE(labels_cannot_drive_a_terminal) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 10; ++i) text += "\x1b[2J\u202e" + std::to_string(i) + "\n";
  write_text(folder / "labels.txt", text);
  const Command command =
      with_model({"--image", sample("digit_5.png"), "--top", "1", "--labels", folder / "labels.txt"});
  const ProcessPtr shown = run(command);
  BOOST_TEST(shown->exit_code() == 0, shown->err());
  says(shown->out(), {"\\x1b[2J\\u{202e}5  (5)\n"});
  BOOST_TEST(shown->out().find('\x1b') == std::string::npos);
  BOOST_TEST((result(command + Command{"--json"})["top"][0][1] == "\x1b[2J\u202e5"));
}

BOOST_AUTO_TEST_CASE(the_class_alone_can_be_learnt) {
  const Json r = result(with_model(
      {"--image", sample("digit_5.png"), "--only-class", "--json", "--labels", sample("digits_labels.txt")}));
  BOOST_TEST((r["top"] == Json{{5, "five", nullptr}}), r.dump());
  BOOST_TEST(!r.contains("logits"));
}

namespace {

/// Three parties, an owner of the model and a client who brings as many images, each a process.
class Hosts {
 public:
  explicit Hosts(std::uint32_t images) {
    const std::string outline = all_.file("outline.json"), batch = std::to_string(images);
    const ProcessPtr made = run(Command{program("tacet"), "classify", "outline", "--model",
                                        sample("digits.tflite"), "--out", outline});
    BOOST_TEST_REQUIRE(made->exit_code() == 0, made->err());
    for (std::uint32_t p = 0; p < 3; ++p)
      started_.push_back(start(verb(all_.party("tacet", p, {"--outline", outline, "--batch", batch}))));
    started_.push_back(
        start(verb(all_.client("tacet", "owner", {"--model", sample("digits.tflite"), "--batch", batch}))));
    Command command{"--outline", outline, "--labels", sample("digits_labels.txt")};
    for (std::uint32_t i = 0; i < images; ++i) command = command + Command{"--image", sample("digit_7.png")};
    started_.push_back(start(verb(all_.client("tacet", "client", command))));
  }

  Process& party(std::uint32_t p) { return *started_[p]; }
  Process& owner() { return *started_[3]; }
  Process& client() { return *started_[4]; }
  std::vector<Process*> everyone() const {
    std::vector<Process*> all;
    for (const ProcessPtr& p : started_) all.push_back(p.get());
    return all;
  }

 private:
  static Command verb(Command command) {
    command.insert(command.begin() + 1, "classify");
    command.insert(command.end(), {"--log", "info"});
    return command;
  }
  Endpoints all_{3, {"owner", "client"}};
  std::vector<ProcessPtr> started_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(three_parties_compute_what_an_owner_and_a_client_bring) {
  const Json alone = result(with_model({"--image", sample("digit_7.png"), "--json"}));
  Hosts hosts(1);
  BOOST_TEST_REQUIRE(all_end(hosts.everyone(), 30s * kSlow));
  for (Process* p : hosts.everyone()) {
    BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
    if (p != &hosts.client()) BOOST_TEST((Json::parse(p->out())["outputs"] == Json::object()), p->text());
  }
  const Json r = Json::parse(hosts.client().out());
  BOOST_TEST((r["logits"] == alone["logits"]));
  BOOST_TEST((r["top"][0][1] == "seven"));
}

BOOST_AUTO_TEST_CASE(everyone_names_a_party_that_dies_in_the_middle) {
  Hosts hosts(300);
  const auto deadline = Clock::now() + 60s * kSlow;
  while (hosts.party(1).err().find(": round ") == std::string::npos && Clock::now() < deadline &&
         !hosts.party(1).ended())
    std::this_thread::sleep_for(2ms);
  BOOST_TEST_REQUIRE(!hosts.party(1).ended(), hosts.party(1).err());
  hosts.party(1).signal(SIGKILL);
  BOOST_TEST_REQUIRE(all_end(hosts.everyone(), 5s * kSlow));
  for (Process* p : hosts.everyone())
    if (p != &hosts.party(1)) names(*p, 1, "closed the connection");
  BOOST_TEST(!Json::parse(hosts.client().out()).contains("logits"));
}

// Pictures as cameras store them, and networks whose SOFTMAX is no plain one or that never came whole.
BOOST_AUTO_TEST_CASE(what_others_hand_in_is_read_as_they_mean_it) {
  const char* shared = std::getenv("TACET_SHARED_DATA");
  if (shared == nullptr) {
    BOOST_TEST_MESSAGE("skipped: TACET_SHARED_DATA is not set");
    return;
  }
  const std::string folder(shared), faults = folder + "/faults/";
  int pictures = 0;
  for (const auto& entry : fs::directory_iterator(faults)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("digit_") || name.find("orientation") == std::string::npos) continue;
    const Json r = result(with_model({"--image", entry.path().string(), "--json"}));
    BOOST_TEST((r["top"][0][0] == name[6] - '0'), name << ": " << r.dump());
    ++pictures;
  }
  BOOST_TEST(pictures >= 4);

  const Command input{
      "--image", folder + "/tflite/kws_ref_model.noise1.input.npy", "--mode", "exact", "--json", "--top",
      "12"};
  const Json once = result(classify({"--model", folder + "/tflite/kws_ref_model.tflite"}) + input);
  const Json twice = result(classify({"--model", faults + "softmax_beta2.tflite"}) + input);
  BOOST_TEST((once["logits"] == twice["logits"]));
  double sum = 0;  // of e^2x = (e^x)^2
  for (const Json& score : once["top"]) sum += std::pow(score[2].get<double>(), 2);
  for (std::size_t i = 0; i < once["top"].size(); ++i) {
    BOOST_TEST((once["top"][i][0] == twice["top"][i][0]));
    BOOST_TEST(twice["top"][i][2].get<double>() == std::pow(once["top"][i][2].get<double>(), 2) / sum,
               boost::test_tools::tolerance(1e-9));
  }
  for (const auto& [name, why] : {std::pair{"truncated.tflite", "the file has 1352 bytes"},
                                  {"pointer.tflite", "was not fetched"},
                                  {"page.tflite", "a web page"}})
    refused(classify({"--model", faults + name, "--image", sample("digit_2.png")}), {name, why});
}

BOOST_AUTO_TEST_CASE(what_needs_no_input_can_come_first) {
  const Json alone = result(with_model({"--image", sample("digit_2.png"), "--json"}));
  const Json r = result(with_model({"--image", sample("digit_2.png"), "--json", "--offline-first"}));
  BOOST_TEST((r["logits"] == alone["logits"]));
}

BOOST_AUTO_TEST_CASE(parties_can_bring_model_and_image) {
  const Json alone = result(with_model({"--image", sample("digit_2.png"), "--json"}));
  const Json r =
      result(with_model({"--image", sample("digit_2.png"), "--json", "--owner", "0", "--client", "2"}));
  BOOST_TEST((r["logits"] == alone["logits"]));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string image = sample("digit_0.png");
  const TempFolder folder;
  const std::string text = folder / "text.png", few = folder / "few.txt", flat = folder / "flat.npy";
  write_text(text, "no picture");
  write_text(few, "one\ntwo\n");
  refused(classify({"--image", image}), {"--model", "--outline"});
  refused(with_model({}), {"--image is missing"});
  refused(classify({"--model", text, "--image", image}), {"text.png"});
  refused(classify({"--model", folder / "none.tflite", "--image", image}), {"none.tflite"});
  refused(with_model({"--image", text}), {"text.png"});
  refused(with_model({"--image", image, "--labels", few}), {"few.txt has 2 lines", "10"});
  refused(with_model({"--image", image, "--ring-bits", "16"}), {"16 ring bits", "32 to 128"});
  refused(with_model({"--image", image, "--ring-bits", "40", "--mode", "exact"}),
          {"expected more ring bits"});
  refused(with_model({"--image", image, "--batch", "2"}), {"--batch 2", "1 images are given"});
  refused(with_model({"--image", image, "--owner", "3"}), {"--owner 3", "0 to 2"});
  refused(with_model({"--image", image, "--parties", "4"}), {"4"});
  refused(classify({"outline", "--outline", image}), {"--outline"});
  refused(classify({"explain", "--outline", image, "--mode", "exact"}), {"--outline says the mode"});
  refused(classify({"explain", "--outline", image}), {"digit_0.png", "is no JSON"});
}

BOOST_AUTO_TEST_CASE(probabilistic_truncation_is_told) {
  const auto told = [&](const std::string& mode) {
    const Command command{"--model", sample("digits.tflite"), "--image", sample("digit_7.png"), "--mode",
                          mode};
    return run(classify(command))->err().find("discloses bits of") != std::string::npos;
  };
  BOOST_TEST(told("fixed"));
  for (const char* mode : {"folded", "folded-pow2", "exact"}) BOOST_TEST(!told(mode), mode);
  says(run(classify({"explain", "--model", sample("digits.tflite"), "--mode", "fixed"}))->out(),
       {"mul_trunc_pr", "see below", "bits of the product below 2^m"});
}

BOOST_AUTO_TEST_CASE(explain_says_what_is_public) {
  const ProcessPtr p = run(classify({"explain", "--model", sample("digits.tflite"), "--public-scales"}));
  BOOST_TEST(p->exit_code() == 0, p->err());
  says(p->out(),
       {"public", "scales and zero points", "secret      the image; weights, biases", "logits", "conv2d"});
}

BOOST_AUTO_TEST_SUITE_END()
