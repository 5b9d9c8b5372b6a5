#include "apps/cli/classify.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/cli/deliver.hpp"
#include "apps/cli/flags.hpp"
#include "apps/cli/places.hpp"
#include "apps/cli/run_embedded.hpp"
#include "apps/cli/take_part.hpp"
#include "apps/infer/compare.hpp"
#include "apps/infer/pictures.hpp"
#include "apps/infer/quantize.hpp"
#include "apps/infer/secure.hpp"
#include "apps/live/messages.hpp"
#include "graph/flows.hpp"
#include "graph/functions.hpp"
#include "transport/printable.hpp"

namespace tacet::apps {
namespace {

using infer::Disclosure;
using infer::Mode;
using infer::Network;
using infer::Outline;
using Json = nlohmann::ordered_json;
using Values = std::vector<std::int32_t>;

constexpr std::size_t kMaxLabelShown = 200;  // bytes on a terminal

struct ClassifyOptions {
  Options job;
  std::string model, outline, labels, out;
  std::vector<std::string> images;
  std::string mode, resize = "bilinear", owner = "owner", client = "client";
  unsigned ring_bits = 0;
  std::uint32_t batch = 0, top = 5;
  bool public_scales = false, public_model = false, only_class = false, check = false;
};

/// A network as this endpoint knows it: its owner all of it.
struct Known {
  std::optional<Network> network;  ///< with --model
  infer::Folded folded;            ///< without --model nothing but the outline
  const Outline& outline() const { return folded.outline; }
};

Known read_known(const ClassifyOptions& o) {
  if (o.model.empty() == o.outline.empty())
    throw Error(Errc::bad_argument,
                o.model.empty() ? "which network? give --model FILE.tflite, or --outline FILE.json where "
                                  "somebody else brings the model"
                                : "--model and --outline: expected one of them");
  Known known;
  if (!o.outline.empty()) {
    if (!o.mode.empty() || o.ring_bits != 0 || o.public_scales || o.public_model)
      throw Error(Errc::bad_argument, "--outline says the mode, the ring and what is public itself");
    known.folded.outline = infer::read_outline(o.outline);
    return known;
  }
  known.network = infer::read_network(o.model);
  known.folded =
      infer::fold(*known.network, {o.mode.empty() ? Mode::folded : infer::parse_mode(o.mode), o.ring_bits,
                                   o.public_model    ? Disclosure::model
                                   : o.public_scales ? Disclosure::scales
                                                     : Disclosure::architecture});
  return known;
}

/// A client by name, or a party by number.
Role parse_role(Builder& b, const std::string& text, const char* option) {
  if (text.empty())
    throw Error(Errc::bad_argument, std::string(option) + ": expected a name or a party's number");
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return b.client(text);
  if (text.size() > 4)
    throw Error(Errc::bad_argument, std::string(option) + " " + text + ": there is no such party");
  return Builder::party(static_cast<std::uint32_t>(std::stoul(text)));
}

struct Classification {
  Job job;
  Role owner, client;
  std::uint32_t batch = 1;
};

Classification describe(const Outline& outline, const ClassifyOptions& o, std::uint32_t parties,
                        Scheme scheme, std::uint32_t batch) {
  const auto started = std::chrono::steady_clock::now();
  Builder b;
  Classification c;
  c.batch = batch;
  c.owner = parse_role(b, o.owner, "--owner");
  c.client = parse_role(b, o.client, "--client");
  for (const auto& [role, option] : {std::pair{c.owner, "--owner"}, std::pair{c.client, "--client"}})
    if (!role.is_client && role.index >= parties)
      throw Error(Errc::bad_argument, std::string(option) + " " + std::to_string(role.index) +
                                          ": the parties are 0 to " + std::to_string(parties - 1));
  std::vector<std::int64_t> dims = outline.network.tensor(outline.network.input).shape.dims();
  dims[0] = batch;
  const Value images = b.input("image", c.client, ring(outline.ring_bits), Shape(dims));
  const Value logits = reshape(infer::compute(b, outline, images, c.owner), {batch, -1});
  if (o.only_class) {
    b.output("class", argmax(logits, 1, Order::fits), c.client);
  } else {
    b.output("logits", logits, c.client);
    for (const char* name : {infer::kLogitsScale, infer::kLogitsZero})
      if (!outline.quantities.at(name).value) b.output(name, b.input(name, c.owner, ring(32)), c.client);
  }
  Setting setting;
  setting.scheme = scheme, setting.n = parties;
  c.job.name = "classify";
  c.job.settings = {{"mode", std::string(to_string(outline.mode))},
                    {"ring bits", std::to_string(outline.ring_bits)},
                    {"images", std::to_string(batch)},
                    {"only class", o.only_class ? "yes" : "no"}};
  plan_job(c.job, b.graph(), setting, o.job);
  c.job.plan_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return c;
}

/// All images one after another, less the smallest value of their type.
Tensor image_tensor(const Outline& outline, const std::vector<Values>& images) {
  const infer::QuantTensor& input = outline.network.tensor(outline.network.input);
  std::vector<std::int64_t> dims = input.shape.dims();
  dims[0] = static_cast<std::int64_t>(images.size());
  Tensor out(ring(outline.ring_bits), Shape(dims));
  std::uint64_t at = 0;
  for (const Values& image : images)
    for (const std::int32_t q : image)
      out.set(at++, static_cast<u128>(q - infer::type_range(input.type).low));
  return out;
}

/// What a job wants of an endpoint's own.
void keep_wanted(const Plan& plan, std::map<std::string, Tensor>& inputs) {
  std::map<std::string, Tensor> wanted;
  for (const InputInfo& in : plan.graph.inputs())
    if (const auto at = inputs.find(in.name); at != inputs.end()) wanted.insert(inputs.extract(at));
  inputs = std::move(wanted);
}

// ---- Results.

struct Result {
  Values logits;  ///< none if only the class is learnt
  std::vector<infer::Score> scores;
};

std::vector<Result> results_of(const Outline& outline, const std::map<std::string, Tensor>& outputs) {
  std::vector<Result> results;
  if (const auto only = outputs.find("class"); only != outputs.end()) {
    for (std::uint64_t i = 0; i < only->second.elements(); ++i)
      results.push_back({{}, {{static_cast<std::size_t>(only->second.get(i)), 0}}});
    return results;
  }
  const auto known = [&](const char* name) {
    const auto at = outputs.find(name);
    return static_cast<std::uint32_t>(
        (at != outputs.end() ? at->second : *outline.quantities.at(name).value).get(0));
  };
  const Tensor& all = outputs.at("logits");
  const infer::QuantTensor& t = outline.network.tensor(outline.network.logits);
  const std::uint64_t each = all.elements() / static_cast<std::uint64_t>(all.shape()[0]);
  for (std::uint64_t at = 0; at < all.elements(); at += each) {
    Result r;
    for (std::uint64_t i = at; i < at + each; ++i)
      r.logits.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(all.get(i))) +
                         infer::type_range(t.type).low);
    r.scores = infer::rank_scores(outline.network, r.logits, std::bit_cast<float>(known(infer::kLogitsScale)),
                                  static_cast<std::int32_t>(known(infer::kLogitsZero)));
    results.push_back(std::move(r));
  }
  return results;
}

/// What the network in the clear says of a result.
struct Check {
  infer::Differences logits;
  std::vector<infer::Differences> layers;
  bool same_class = true;
};

Check check_result(const Known& known, const Values& image, const Result& result) {
  const Network& network = *known.network;
  const infer::TensorValues reference = infer::run_reference(network, image);
  const Values& expected = reference[static_cast<std::size_t>(network.logits)];
  const auto best =
      static_cast<std::size_t>(std::max_element(expected.begin(), expected.end()) - expected.begin());
  return {infer::differences(result.logits, expected),
          infer::differences_by_layer(network, known.folded, image, reference),
          best == result.scores.front().index};
}

Json result_json(const Outline& outline, const Result& result, const std::vector<std::string>& labels,
                 std::size_t top) {
  Json out;
  if (!result.logits.empty()) out["logits"] = result.logits;
  out["top"] = Json::array();
  for (std::size_t i = 0; i < std::min(top, result.scores.size()); ++i) {
    const infer::Score& s = result.scores[i];
    out["top"].push_back({s.index, labels.empty() ? Json() : Json(labels[s.index]),
                          result.logits.empty() ? Json() : Json(s.score)});
  }
  if (!result.logits.empty() && !infer::gives_probabilities(outline.network)) out["scores_are"] = "numbers";
  return out;
}

Json differences_json(const infer::Differences& d) {
  Json histogram = Json::object();
  for (const auto& [difference, count] : d.histogram) histogram[std::to_string(difference)] = count;
  return {{"most", d.most}, {"mean", d.mean}, {"histogram", histogram}};
}

Json check_json(const Network& network, const Check& c) {
  Json out = differences_json(c.logits);
  out["same_class"] = c.same_class;
  out["layers"] = Json::array();
  std::size_t at = 0;
  for (const infer::Operator& op : network.operators) {
    if (is_final(op.kind)) continue;
    Json layer{{"operator", to_string(op.kind)}};
    layer.update(differences_json(c.layers[at++]));
    out["layers"].push_back(std::move(layer));
  }
  return out;
}

/// What is further away than that is counted together.
std::string histogram_text(const infer::Differences& d, std::int32_t apart) {
  std::map<std::int32_t, std::size_t> bins;
  for (const auto& [difference, count] : d.histogram) bins[std::clamp(difference, -apart, apart)] += count;
  std::string out;
  for (const auto& [difference, count] : bins)
    out += (out.empty() ? "" : "  ") + std::string(difference > 0 ? "+" : "") + std::to_string(difference) +
           (difference == -apart  ? " or less"
            : difference == apart ? " or more"
                                  : "") +
           ": " + std::to_string(count);
  return out;
}

/// With `by_layer`, operator by operator too.
void print_check(std::ostream& text, const Network& network, const Check& c, bool only_class, bool by_layer) {
  text << "  against the network in the clear: " << (c.same_class ? "the same class" : "ANOTHER CLASS");
  if (!only_class)
    text << "; logits differ by at most " << c.logits.most << ", on average by " << c.logits.mean
         << " quanta\n    " << histogram_text(c.logits, 100);
  text << "\n";
  if (!by_layer) return;
  std::size_t at = 0, number = 0;
  for (const infer::Operator& op : network.operators) {
    ++number;
    if (is_final(op.kind)) continue;
    const infer::Differences& d = c.layers[at++];
    char name[64];
    std::snprintf(name, sizeof name, "    layer %3zu %-18s ", number, to_string(op.kind).c_str());
    text << name << histogram_text(d, 4) << "\n";
  }
}

std::string results_text(const Report& report, const Known& known, const ClassifyOptions& o,
                         const std::vector<Values>& images, const std::vector<std::string>& labels) {
  const std::vector<Result> results = results_of(known.outline(), report.outputs());
  std::vector<Check> checks;
  if (o.check)
    for (std::size_t i = 0; i < results.size(); ++i)
      checks.push_back(check_result(known, images[i], results[i]));
  if (o.job.json) {
    Json out = figures_json(report);
    Json list = Json::array();
    for (std::size_t i = 0; i < results.size(); ++i) {
      Json one = result_json(known.outline(), results[i], labels, o.top);
      if (o.check) one["check"] = check_json(*known.network, checks[i]);
      list.push_back(std::move(one));
    }
    if (list.size() == 1) {
      out.update(list[0]);
    } else {
      for (std::size_t i = 0; i < list.size(); ++i) list[i]["image"] = o.images[i];
      out["images"] = std::move(list);
    }
    out["mode"] = to_string(known.outline().mode);
    out["ring_bits"] = known.outline().ring_bits;
    return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::ostringstream text;
  const Plan& plan = *report.job->plan;
  const bool probabilities = infer::gives_probabilities(known.outline().network);
  for (std::size_t i = 0; i < results.size(); ++i) {
    text << o.images[i] << "  (" << learnt_by(plan, plan.graph.outputs().front()) << ")\n";
    for (std::size_t k = 0; k < std::min<std::size_t>(o.top, results[i].scores.size()); ++k) {
      const infer::Score& s = results[i].scores[k];
      char score[32] = "";
      if (!o.only_class)
        std::snprintf(score, sizeof score, probabilities ? "%6.2f %%  " : "%10.4f  ",
                      probabilities ? 100 * s.score : s.score);
      text << "  " << score
           << (labels.empty() ? "class" : transport::printable(labels[s.index], kMaxLabelShown)) << "  ("
           << s.index << ")\n";
    }
    if (o.check) print_check(text, *known.network, checks[i], o.only_class, results.size() == 1);
    text << "\n";
  }
  return text.str() + figures_text(report);
}

// ---- Verbs.

std::vector<Values> read_images(const Outline& outline, const ClassifyOptions& o) {
  std::vector<Values> images;
  for (const std::string& path : o.images)
    images.push_back(infer::read_input(outline.network, path,
                                       o.resize == "nearest" ? Resize::nearest : Resize::bilinear,
                                       o.job.show_values));
  return images;
}

std::uint32_t batch_of(const ClassifyOptions& o) {
  const auto given = static_cast<std::uint32_t>(o.images.size());
  if (o.batch != 0 && given != 0 && given != o.batch)
    throw Error(Errc::bad_argument,
                "--batch " + std::to_string(o.batch) + ": " + std::to_string(given) + " images are given");
  return o.batch != 0 ? o.batch : std::max(1u, given);
}

int run(const ClassifyOptions& o) {
  const Known known = read_known(o);
  if (!known.network)
    throw Error(Errc::missing_input, "--model is missing: whoever runs everything here brings it");
  if (o.images.empty())
    throw Error(Errc::missing_input, "--image is missing: a .bmp, .png or .jpg file, or a .npy");
  std::vector<std::string> labels;
  if (!o.labels.empty()) labels = infer::read_labels(known.outline().network, o.labels);
  const std::vector<Values> images = read_images(known.outline(), o);
  Classification c = describe(known.outline(), o, o.job.parties, parse_scheme(o.job.scheme), batch_of(o));
  c.job.inputs = known.folded.secrets;
  c.job.inputs.emplace("image", image_tensor(known.outline(), images));
  keep_wanted(*c.job.plan, c.job.inputs);
  check_output_files(c.job, o.job);
  if (!o.job.json) introduce("classify", c.job, o.job);
  actors::EmbeddedOptions embedded = embedded_options(o.job);
  if (o.job.offline_first)
    embedded.provide = [&](EndpointId endpoint, const std::function<bool()>&) {
      std::map<std::string, Tensor> own;
      for (const InputInfo& in : c.job.plan->graph.inputs())
        if (endpoint_of(in.owner, c.job.plan->setting) == endpoint)
          own.emplace(in.name, c.job.inputs.at(in.name));
      return own;
    };
  const Report report = run_here(c.job, o.job, std::move(embedded));
  return deliver(report, o.job,
                 [&](const Written&) { return results_text(report, known, o, images, labels); });
}

int take_part_in(const ClassifyOptions& o, bool as_client) {
  const Cluster cluster = read_cluster(o.job.cluster);
  const Known known = read_known(o);
  const auto n = static_cast<std::uint32_t>(cluster.parties.size());
  const Classification c = describe(known.outline(), o, n, parse_scheme(o.job.scheme), batch_of(o));
  const Setting& setting = c.job.plan->setting;
  const EndpointId self = find_self(cluster, *c.job.plan, o.job, as_client);
  const bool owns = endpoint_of(c.owner, setting) == self, asks = endpoint_of(c.client, setting) == self;
  std::map<std::string, Tensor> inputs;
  if (owns) {
    if (!known.network) throw Error(Errc::missing_input, "--model is missing: " + o.owner + " brings it");
    inputs = known.folded.secrets;
  }
  std::vector<std::string> labels;
  std::vector<Values> images;
  if (asks) {
    if (o.images.empty()) throw Error(Errc::missing_input, "--image is missing: " + o.client + " brings it");
    if (!o.labels.empty()) labels = infer::read_labels(known.outline().network, o.labels);
    images = read_images(known.outline(), o);
    inputs.emplace("image", image_tensor(known.outline(), images));
  }
  keep_wanted(*c.job.plan, inputs);
  ProvideInputs provide;
  if (o.job.offline_first) provide = [own = std::move(inputs)](const std::function<bool()>&) { return own; };
  const Report report = take_part("classify", c.job, cluster, o.job, self,
                                  provide ? std::map<std::string, Tensor>() : std::move(inputs), provide);
  return deliver(report, o.job, [&](const Written&) {
    if (asks) return results_text(report, known, o, images, labels);
    return o.job.json ? json_text(report) : figures_text(report);
  });
}

int publish(const ClassifyOptions& o) {
  const Known known = read_known(o);
  if (!known.network) throw Error(Errc::missing_input, "--model is missing: an outline is made of it");
  if (!o.out.empty()) Places(o.job).writes(o.out, "--out " + o.out);
  write_text(o.out, infer::outline_text(known.outline()));
  return 0;
}

int draw(const ClassifyOptions& o) {
  const Known known = read_known(o);
  return draw_job(describe(known.outline(), o, o.job.parties, parse_scheme(o.job.scheme), batch_of(o)).job,
                  o.job);
}

/// Who gets to know what.
void print_disclosure(const Outline& outline, bool only_class) {
  std::cout << "public      operators, shapes and types; how large the accumulators of each operator can be; "
               "which\n            operators have one scale for all channels\n";
  if (outline.disclosure != Disclosure::architecture)
    std::cout
        << "            and scales and zero points: how finely each layer tells apart what it computes\n";
  if (outline.disclosure == Disclosure::model)
    std::cout << "            and weights and biases: the whole model\n";
  std::cout << "secret      the image"
            << (outline.disclosure == Disclosure::architecture ? "; weights, biases, scales, zero points"
                : outline.disclosure == Disclosure::scales     ? "; weights, biases"
                                                               : "")
            << "\nlearnt      "
            << (only_class ? "by the client: the class"
                           : "by the client: the logits, their scale and zero point")
            << "; nobody else learns anything\n\n";
}

int explain(const ClassifyOptions& o) {
  const Known known = read_known(o);
  const Outline& outline = known.outline();
  const Classification c = describe(outline, o, o.job.parties, parse_scheme(o.job.scheme), batch_of(o));
  if (!o.job.json) {
    unsigned widest = 0;
    for (const unsigned bits : outline.compare_bits) widest = std::max(widest, bits);
    std::cout << "mode " << to_string(outline.mode) << ", rings of " << outline.ring_bits
              << " bits, comparisons of at most " << widest << "; images in a batch: " << c.batch << "\n\n";
    if (warning_of(c.job.plan->setting.scheme).empty()) print_disclosure(outline, o.only_class);
  }
  return explain_job(c.job, o.job, {});
}

}  // namespace

std::function<int(Terminal&)> add_classify(CLI::App& app) {
  const auto o = std::make_shared<ClassifyOptions>();
  CLI::App* classify = app.add_subcommand(
      "classify", "Private inference: an owner's quantized network on a client's image, which nobody sees");
  CLI::App* party = classify->add_subcommand("party", "One computing party of a cluster file");
  CLI::App* client = classify->add_subcommand(
      "client", "The owner of the model or of the image, as a client of a cluster file");
  CLI::App* outline =
      classify->add_subcommand("outline", "Writes what others must know of a network to compute it");
  CLI::App* explain_app = classify->add_subcommand("explain", "Rounds, bytes and memory, and what is public");
  CLI::App* graph = classify->add_subcommand("graph", "The execution graph as a drawing");
  classify->require_subcommand(0, 1);
  for (CLI::App* verb : {classify, party, client, outline, explain_app, graph}) {
    verb->add_option("--model,-m", o->model, "The quantized network, a .tflite file");
    verb->add_option(
            "--mode", o->mode,
            "folded (default): scales folded into bounds; folded-pow2: the published form of it; "
            "fixed: the earlier approach, for comparison; exact: bit for bit the network in the clear")
        ->check(CLI::IsMember({"folded", "folded-pow2", "fixed", "exact"}));
    verb->add_option("--ring-bits", o->ring_bits,
                     "32 to 128; more are more precise (default 32; 72 for fixed, 64 for exact)");
    verb->add_flag(
        "--public-scales", o->public_scales,
        "Scales and zero points are public: cheaper. Tells how finely each layer tells apart what it "
        "computes");
    verb->add_flag("--public-model", o->public_model, "All of the model is public: cheaper still");
  }
  for (CLI::App* verb : {classify, party, client, explain_app, graph}) {
    verb->add_option("--outline", o->outline,
                     "Instead of --model: what the owner has published (classify outline)");
    verb->add_option("--batch", o->batch,
                     "Images in one job (default: those given, or 1). The same at all endpoints")
        ->check(CLI::Range(1, 65536));
    verb->add_flag("--only-class", o->only_class,
                   "The client learns the class alone, no logits. The same at all endpoints");
    verb->add_option(
        "--owner", o->owner,
        "Who brings the model: a client's name (default owner) or a party's number. The same at all "
        "endpoints");
    verb->add_option("--client", o->client, "Who brings the image and learns the class (default client)");
    talk_options(*verb, o->job);
    policy_options(*verb, o->job);
  }
  for (CLI::App* verb : {classify, party, client}) {
    verb->add_option("--image,-i", o->images,
                     "A .bmp, .png or .jpg file, or the network's input as .npy; several make a batch")
        ->allow_extra_args(false);
    verb->add_option("--labels", o->labels, "Names of the classes, one a line");
    verb->add_option("--top", o->top, "How many classes to show (default 5)")->check(CLI::Range(1, 1000000));
    verb->add_option("--resize", o->resize, "bilinear (default) or nearest, both without half-pixel centres")
        ->check(CLI::IsMember({"bilinear", "nearest"}));
    job_options(*verb, o->job);
    watch_options(*verb, o->job);
  }
  for (CLI::App* verb : {classify, explain_app, graph}) scheme_options(*verb, o->job);
  local_options(*classify, o->job);
  trace_option(*classify, o->job);
  for (CLI::App* verb : {classify, graph}) mode_option(*verb, o->job);
  draw_options(*graph, o->job);
  classify->add_flag(
      "--check", o->check,
      "Compare with the network in the clear: logits, and of a single image or with --json layer by layer");
  for (CLI::App* verb : {party, client}) network_options(*verb, o->job);
  CLI::Option* number = party->add_option("--party", o->job.party, "Which one, by number (from 0)");
  number->excludes(party->add_option("--name", o->job.name, "or by name"));
  client->add_option("--name", o->job.name, "Which one")->required();
  outline->add_option("--out", o->out, "Where to write it (default: standard output)");
  return [=](Terminal& terminal) {
    o->job.terminal = &terminal;
    set_log_level(o->job.log);
    o->job.files_read = {{"--model", o->model}, {"--outline", o->outline}, {"--labels", o->labels}};
    for (const std::string& image : o->images) o->job.files_read.emplace_back("--image", image);
    if (*party) {
      if (o->job.party < 0 && o->job.name.empty())
        throw Error(Errc::bad_argument, "classify party: give --party N or --name NAME");
      return take_part_in(*o, false);
    }
    if (*client) return take_part_in(*o, true);
    if (*outline) return publish(*o);
    if (*explain_app) return explain(*o);
    if (*graph) return draw(*o);
    // All on this machine, unless a network is imitated.
    if (classify->get_option("--network")->count() == 0 && o->job.delay_ms == 0 && o->job.rate_mbit == 0)
      o->job.network = "loopback";
    return run(*o);
  };
}

}  // namespace tacet::apps
