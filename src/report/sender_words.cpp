#include "report/sender_words.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/impact_parts.hpp"

namespace postern::report {

using impact::Looks;
using impact::Sender;
using impact::Totals;

std::string result_cell(const impact::ResultCounts& counts) {
  std::uint64_t known = 0;
  std::size_t most = 1;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    known += counts[i];
    if (counts[i] > counts[most]) most = i;
  }
  if (known == 0) return "-";
  const double share = 100.0 * static_cast<double>(counts[most]) / static_cast<double>(known);
  return counts[most] == known ? std::string(result_names[most])
                               : fmt::format("{} {:.0f}%", result_names[most], share);
}

std::string spf_cell(const Sender& sender) {
  const std::string seen = result_cell(sender.spf);
  const std::string looked_up = result_cell(sender.published_spf);
  return seen == "-" && looked_up != "-" ? '(' + looked_up + ')' : seen;
}

std::string kind_cell(const Sender& sender) {
  if (sender.kind == impact::Kind::unknown && sender.looks == Looks::legitimate) {
    return "legitimate";
  }
  return std::string(impact::name_of(sender.kind));
}

std::string confidence_cell(const Sender& sender) {
  if (!sender.pin.empty()) return "pinned";
  if (sender.kind == impact::Kind::covered) return "-";
  if (sender.standing == impact::Standing::certain) return "certain";
  return fmt::format("{:.0f}%", 100 * sender.confidence);
}

std::string aside_sentence(const Totals& t) {
  std::string out;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) append_item(out, fmt::format("{} {}", grouped(count), what));
  };
  add(t.aside.external_sender, "from other organisations");
  add(t.aside.sender_untold, "without any sender");
  add(t.aside.authenticated, "signed in or originating");
  add(t.aside.outbound, "outbound");
  add(t.aside.null_reverse_path, "bounces (<>)");
  add(t.aside.header_from_only, "with your domain in header From alone");
  add(t.aside.other_tenant, "to other organisations");
  add(t.aside.other_event,
      "about something else than an arrival (later events, deferrals, other reports)");
  add(t.aside.duplicate, "repeated");
  add(t.aside.not_mail, "no mail");
  add(t.aside.other_receiver, "received by other organisations");
  add(t.aside.other_source, "known from another source already");
  add(t.aside.other_period, "outside the period asked for");
  add(t.aside.undated, "without a time, where a period was asked for");
  return out;
}

std::string standing_words(const Sender& sender) {
  if (sender.standing == impact::Standing::open) return "may be either";
  const std::string_view side = sender.looks == Looks::forged ? "forged" : "legitimate";
  if (sender.standing == impact::Standing::presumed) return fmt::format("looks {}", side);
  return fmt::format("{}{}", sender.looks == Looks::forged ? "forged" : "legitimate for certain",
                     sender.loss_accepted ? ", and you let it break" : "");
}

std::vector<EvidenceFiles> evidence_files(const impact::Report& report) {
  std::vector<EvidenceFiles> lines;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& file : report.files) {
    const std::string outer =
        file.outer_name == 0 ? file.file : file.file.substr(0, file.outer_name);
    const std::string folder = outer.substr(0, outer.find_last_of('/') + 1);
    const std::string format(evidence::describe(file.format));
    const auto [place, added] =
        places.try_emplace(fmt::format("{}\n{}", folder, format), lines.size());
    if (added) {
      lines.push_back({file.file, format, 1, file.rows, file.bad});
      continue;
    }
    EvidenceFiles& line = lines[place->second];
    line.file = folder;
    ++line.files;
    line.rows += file.rows;
    line.bad += file.bad;
  }
  return lines;
}

}  // namespace postern::report
