#include "apps/cli/deliver.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/cli/command.hpp"
#include "apps/io/file.hpp"
#include "apps/io/output_file.hpp"
#include "apps/io/write.hpp"

namespace tacet::apps {
namespace {

namespace fs = std::filesystem;

using Write = std::function<void(const std::string& path)>;

/// Writes a new file `program`-`what`-XXXXXX`extension` where that can be done, and says where, or that it
/// cannot.
std::optional<std::string> keep(const std::string& program, const std::string& what,
                                const std::string& extension, const Write& write) {
  std::string stem = program + "-" + what;
  std::replace(stem.begin(), stem.end(), '/', '_');
  std::error_code ignored;
  for (const fs::path& folder : {fs::current_path(ignored), fs::temp_directory_path(ignored)}) {
    std::string path = (folder / (stem + "-XXXXXX" + extension)).string();
    const Descriptor made(::mkostemps(path.data(), static_cast<int>(extension.size()), O_CLOEXEC));
    if (made.get() < 0) continue;
    try {
      write(path);
      std::cerr << "kept in " << path << "\n";
      return path;
    } catch (const std::exception&) {
      ::unlink(path.c_str());
    }
  }
  std::cerr << "no file takes " << what
            << ", neither in the current folder nor in that for temporary files\n";
  return std::nullopt;
}

/// Everything that has to be written, one thing after another.
class Delivery {
 public:
  explicit Delivery(const std::string& program) : program_(program) {}
  /// A signal has ended waits, which is all it can do here.
  ~Delivery() { Interrupts::forget(); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Writes to `path`, or else to a file that is kept. Returns where it is now, if anywhere.
  std::optional<std::string> put(const std::string& what, const std::string& path, const Write& write) {
    if (!attempt([&] { write(path); })) return keep(program_, what, extension_of(path), write);
    return path;
  }
  /// Whether `action` could do its work; says why not.
  bool attempt(const std::function<void()>& action) {
    try {
      action();
      return true;
    } catch (const std::exception& e) {
      std::cerr << e.what() << "\n";
    }
    complete_ = false;
    return false;
  }
  bool complete() const { return complete_; }

 private:
  const Interrupts interrupts_;
  const std::string& program_;
  bool complete_ = true;
};

/// The outputs that --output sends to files, those first that wait for nobody.
std::vector<const OutputInfo*> in_order(const Job& job) {
  std::vector<const OutputInfo*> outputs;
  for (const OutputInfo& info : job.plan->graph.outputs())
    if (job.output_files.contains(info.name)) outputs.push_back(&info);
  std::stable_partition(outputs.begin(), outputs.end(), [&](const OutputInfo* info) {
    std::error_code unknown;
    return !fs::is_fifo(job.output_files.at(info->name), unknown);
  });
  return outputs;
}

/// Says so if the floats of a .npy file are not exactly the numbers of an output.
void tell_rounding(const OutputInfo& info, const Tensor& value, const std::string& file) {
  if (extension_of(file) != ".npy") return;
  if (const std::uint64_t rounded = rounded_by_doubles(value, info.format); rounded > 0)
    std::cerr << "output \"" << info.name << "\": " << rounded << " of " << value.elements()
              << " numbers have more bits than the floats of " << file
              << ", which hold the nearest; .csv and .json hold them exactly\n";
}

Written write_outputs(const Report& report, mode_t mode, Delivery& delivery) {
  const auto learnt = report.outputs();
  Written written;
  for (const OutputInfo* info : in_order(*report.job)) {
    const std::string& file = report.job->output_files.at(info->name);
    const auto value = learnt.find(info->name);
    if (value == learnt.end()) {
      std::cerr << "output \"" << info->name << "\" is not learnt here: " << file << " is not written\n";
    } else if (const auto place = delivery.put(info->name, file, [&](const std::string& path) {
                 write_data(path, value->second, info->format, mode);
               })) {
      tell_rounding(*info, value->second, *place);
      written.emplace(info->name, *place);
    } else {
      std::cerr << "output \"" << info->name << "\" stands on standard output instead\n";
    }
  }
  return written;
}

void write_trace(const Report& report, const Options& options, Delivery& delivery) {
  if (options.trace.empty()) return;
  const mode_t mode = options.output_mode.value_or(kPrivate);
  delivery.put("trace", options.trace,
               [&](const std::string& path) { write_text(path, report.trace, mode); });
}

}  // namespace

int deliver(const Report& report, const Options& options,
            const std::function<std::string(const Written&)>& text) {
  Delivery delivery(report.job->name);
  const auto aborted = std::find_if(report.results.begin(), report.results.end(),
                                    [](const actors::JobResult& result) { return result.abort.has_value(); });
  if (aborted != report.results.end()) {
    delivery.attempt([&] { print_abort(report.job->plan->setting, *aborted, options.json); });
    write_trace(report, options, delivery);
    return kJobFailed;
  }
  const mode_t mode = options.output_mode.value_or(kPrivate);
  const Written written = write_outputs(report, mode, delivery);
  const std::string all = text(written);
  const std::size_t learnt = report.outputs().size();
  const bool holds_results = options.json ? learnt > 0 : written.size() < learnt;
  if (!delivery.attempt([&] { print(all); }) && holds_results)
    keep(report.job->name, "results", options.json ? ".json" : ".txt",
         [&](const std::string& path) { write_text(path, all, mode); });
  write_trace(report, options, delivery);
  return delivery.complete() ? kDone : kNotWritten;
}

void print(const std::string& text) {
  std::cout.flush();
  std::cerr.flush();
  OutputFile out(STDOUT_FILENO, "standard output");
  out.append(text);
  out.commit();
}

void write_text(const std::string& path, const std::string& text, std::optional<mode_t> mode) {
  if (path.empty()) return print(text);
  OutputFile file(path, mode);
  file.append(text);
  file.commit();
}

void print_abort(const Setting& setting, const actors::JobResult& result, bool json) {
  std::cerr << "aborted: " << result.abort->text() << "\n";
  if (!result.detail.empty()) std::cerr << result.detail << "\n";
  if (const auto warning = warning_of(setting.scheme); !warning.empty()) std::cerr << warning << "\n";
  if (json) print(abort_json(setting, *result.abort));
}

}  // namespace tacet::apps
