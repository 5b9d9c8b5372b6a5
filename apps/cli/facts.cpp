#include "apps/cli/facts.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tacet::apps {
namespace {

/// The note that the linker leaves in every program: a hash of all its parts.
int read_build_id(dl_phdr_info* info, std::size_t, void* out) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const std::byte*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    const std::byte* end = at + info->dlpi_phdr[i].p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const std::byte* name = at + sizeof note;
      const std::byte* text = name + (note.n_namesz + 3) / 4 * 4;
      if (note.n_type == NT_GNU_BUILD_ID && text + note.n_descsz <= end) {
        for (std::size_t b = 0; b < std::min<std::size_t>(note.n_descsz, 6); ++b) {
          char digits[3];
          std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(text[b]));
          *static_cast<std::string*>(out) += digits;
        }
        return 1;
      }
      at = text + (note.n_descsz + 3) / 4 * 4;
    }
  }
  return 1;  // the program itself comes first; libraries do not matter
}

}  // namespace

std::string build_text() {
  std::string id;
  dl_iterate_phdr(read_build_id, &id);
  return TACET_VERSION " " + (id.empty() ? "unknown" : id);
}

std::vector<transport::Fact> facts_of(const Job& job, const Options& options) {
  std::vector<transport::Fact> facts{{"program", job.name}};
  for (const auto& [name, value] : job.settings) facts.push_back({name, value});
  facts.push_back({"network", options.network});
  facts.push_back({"offline first", options.offline_first ? "yes" : "no"});
  facts.push_back({"memory", std::to_string(options.memory_bytes)});
  std::vector<std::string> preferred = options.prefer;
  std::sort(preferred.begin(), preferred.end());
  for (const std::string& one : preferred) facts.push_back({"preference", one});
  facts.push_back({"operations", std::to_string(job.plan->graph.size())});
  facts.push_back({"rounds", std::to_string(job.plan->rounds)});
  facts.push_back({"build", build_text()});
  return facts;
}

}  // namespace tacet::apps
