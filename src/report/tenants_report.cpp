#include "report/tenants_report.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "policy/clouds.hpp"
#include "report/csv.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

constexpr std::string_view not_read_answer = "not read";

// The worst first, so that what matters is on the first screen.
int rank_of(const TenantRow& row) {
  if (row.answer == name_of(impact::Answer::somebody_breaks)) return 0;
  if (row.answer == not_read_answer) return 1;
  return row.answer == name_of(impact::Answer::not_determined) ? 2 : 3;
}

Colour colour_of(const TenantRow& row) {
  constexpr std::array colours{Colour::red, Colour::red, Colour::yellow, Colour::green};
  return colours[static_cast<std::size_t>(rank_of(row))];
}

std::string switch_words(const policy::Tenant& tenant) {
  if (tenant.cloud == policy::Cloud::none) return "a gate's";
  if (!policy::lack_of_switch(tenant.cloud).empty()) return "not available";
  switch (tenant.reject_direct_send) {
    case policy::RejectDirectSend::on:
      return "on";
    case policy::RejectDirectSend::off:
      return "off";
    case policy::RejectDirectSend::never_set:
      return "never set";
    case policy::RejectDirectSend::unknown:
      break;
  }
  return "unknown";
}

std::vector<const TenantRow*> by_rank(const std::vector<TenantRow>& rows) {
  std::vector<const TenantRow*> order;
  order.reserve(rows.size());
  for (const TenantRow& row : rows)
    order.push_back(&row);
  std::stable_sort(order.begin(), order.end(), [](const TenantRow* a, const TenantRow* b) {
    return rank_of(*a) < rank_of(*b);
  });
  return order;
}

bool was_read(const TenantRow& row) {
  return row.answer != not_read_answer;
}

// The first clause: the rest is in the tenant's document, and the command.
std::string_view in_short(std::string_view sentence) {
  const std::size_t end = sentence.find_first_of(",:;");
  return end == std::string_view::npos ? sentence : sentence.substr(0, end);
}

std::string lost_cell(const impact::Pile& lost) {
  return lost.senders == 0
             ? "0"
             : fmt::format("{} ({})", grouped(lost.messages), counted(lost.senders, "sender"));
}

// "2 nobody breaks, 1 not read."
std::string count_of_answers(const std::vector<TenantRow>& rows) {
  std::map<std::string, std::size_t> counts;
  std::size_t unchanged = 0;
  for (const TenantRow& row : rows) {
    ++counts[row.answer];
    unchanged += row.unchanged ? 1 : 0;
  }
  std::string out;
  for (const auto& [answer, count] : counts)
    append_item(out, fmt::format("{} {}", grouped(count), answer));
  if (unchanged > 0) out += fmt::format("; {} as in an earlier run", grouped(unchanged));
  return out + ".";
}

std::string table_text(const std::vector<TenantRow>& rows, const Style& style) {
  Table table({{"result", Align::left},
               {"tenant", Align::left, 12, true},
               {"switch", Align::left},
               {"lost for certain", Align::right},
               {"questions", Align::right},
               {"forged stopped", Align::right},
               {"next", Align::left, 20, true}});
  for (const TenantRow* row : by_rank(rows)) {
    const bool read = was_read(*row);
    table.add(
        {row->answer, row->name, read ? row->direct_send : "-", read ? lost_cell(row->lost) : "-",
         read ? grouped(row->questions) : "-", read ? grouped(row->stopped) : "-",
         read ? std::string(in_short(row->next.does)) : row->sentence},
        colour_of(*row));
  }
  return table.text(style);
}

// Where each was read from, where its name alone does not tell.
std::string sources_text(const std::vector<TenantRow>& rows, const Style& style) {
  Table table({{"tenant", Align::left, 12, true},
               {"settings", Align::left, 20, true},
               {"evidence", Align::left, 20, true}});
  bool tells = false;
  for (const TenantRow* row : by_rank(rows)) {
    tells = tells || row->name != row->source || !row->evidence.empty();
    table.add({row->name, row->source, row->evidence.empty() ? "-" : joined(row->evidence)});
  }
  return tells ? table.text(style) : std::string();
}

std::string shared_text(const impact::SharedRows& shared, const Style& style) {
  std::string out = paragraph(
      fmt::format("Of {} of the evidence for all, {} {} neither from nor to a tenant that was read "
                  "in this run, and {} could not be read: what can't be read may be anybody's, and "
                  "counts against each tenant.",
                  counted(shared.rows, "row"), grouped(shared.of_no_tenant),
                  shared.of_no_tenant == 1 ? "is" : "are", grouped(shared.bad)),
      style);
  for (const std::string& remark : shared.remarks)
    out += paragraph(remark + ".", style, "  ");
  return out;
}

std::string common_text(const std::vector<impact::CommonSender>& common, const Style& style) {
  Table table({{"seen by many", Align::left, 16},
               {"tenants", Align::right},
               {"theirs", Align::right},
               {"refused", Align::right},
               {"known as a service", Align::left}});
  for (const impact::CommonSender& each : common) {
    table.add({each.name, grouped(each.tenants), grouped(each.yours), grouped(each.lost),
               each.is_service ? "yes" : "no"});
  }
  return table.text(style);
}

Json row_json(const TenantRow& row) {
  const bool read = was_read(row);
  const auto if_read = [read](auto value) { return read ? Json(value) : Json(nullptr); };
  return {
      {"name", row.name},
      {"source", row.source},
      {"evidence", row.evidence},
      {"answer", row.answer},
      {"sentence", if_read(row.sentence)},
      {"error", read ? Json(nullptr) : Json(row.sentence)},
      {"reject_direct_send", if_read(row.direct_send)},
      {"lost",
       read ? Json{{"senders", row.lost.senders}, {"messages", row.lost.messages}} : Json(nullptr)},
      {"questions", if_read(row.questions)},
      {"forged_messages_stopped", if_read(row.stopped)},
      {"next", read ? Json{{"does", row.next.does}, {"command", row.next.command}} : Json(nullptr)},
      {"file", row.file.empty() ? Json(nullptr) : Json(row.file)},
      {"unchanged", row.unchanged}};
}

Json common_json(const std::vector<impact::CommonSender>& common) {
  Json out = Json::array();
  for (const impact::CommonSender& each : common) {
    out.push_back({{"name", each.name},
                   {"is_service", each.is_service},
                   {"tenants", each.tenants},
                   {"theirs", each.yours},
                   {"refused", each.lost}});
  }
  return out;
}

Json shared_json(const std::optional<impact::SharedRows>& shared) {
  if (!shared) return nullptr;
  return {{"rows", shared->rows},
          {"of_no_tenant", shared->of_no_tenant},
          {"not_relevant", shared->not_relevant},
          {"bad", shared->bad},
          {"remarks", shared->remarks}};
}

template <class Give>
std::string whole(Give give) {
  std::string out;
  give([&out](std::string_view piece) { out += piece; });
  return out;
}

}  // namespace

TenantRow answered(std::string name, std::string source, const policy::Tenant& tenant,
                   const impact::Conclusion& conclusion, NextStep next) {
  TenantRow out;
  out.name = std::move(name);
  out.source = std::move(source);
  out.answer = std::string(name_of(conclusion.answer));
  out.sentence = conclusion.sentence;
  out.direct_send = switch_words(tenant);
  out.lost = conclusion.lost;
  out.questions = conclusion.questions();
  out.stopped = conclusion.stopped.messages;
  out.next = std::move(next);
  return out;
}

TenantRow unanswered(std::string name, std::string source, const Error& error) {
  TenantRow out;
  out.name = std::move(name);
  out.source = std::move(source);
  out.answer = std::string(not_read_answer);
  out.sentence = error.line();
  return out;
}

void tenants_text_pieces(const TenantsDocument& document, const Style& style,
                         const TakePiece& take) {
  const auto& rows = document.rows;
  take(style.bold(fmt::format("{} of {}", document.command == "plan" ? "Plans" : "Impact",
                              counted(rows.size(), "tenant"))) +
       "\n\n" + table_text(rows, style) + "\n" + count_of_answers(rows) + "\n");
  if (const std::string sources = sources_text(rows, style); !sources.empty()) {
    take("\n" + sources);
  }
  if (document.shared) take("\n" + shared_text(*document.shared, style));
  if (!document.common.empty()) take("\n" + common_text(document.common, style));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (document.part == nullptr || !was_read(rows[i])) continue;
    take(fmt::format("\n{}\n\n", style.bold("── " + printable(rows[i].name) + " ──")));
    document.part(i, take);
  }
  if (document.part == nullptr && !rows.empty()) {
    take("\n");
    for (const TenantRow* row : by_rank(rows)) {
      if (!row->file.empty())
        take(fmt::format("{}  {}\n", printable(row->file), printable(row->name)));
    }
  }
}

std::string tenants_text(const TenantsDocument& document, const Style& style) {
  return whole([&](const TakePiece& take) { tenants_text_pieces(document, style, take); });
}

void tenants_json_pieces(const TenantsDocument& document, const TakePiece& take) {
  take("{\n  \"schema\": \"postern/tenants/1\",\n  \"command\": " +
       line_text(std::string(document.command)) +
       ",\n  \"shared_evidence\": " + line_text(shared_json(document.shared)) +
       ",\n  \"common_senders\": " + line_text(common_json(document.common)) +
       ",\n  \"tenants\": [");
  for (std::size_t i = 0; i < document.rows.size(); ++i) {
    const TenantRow& row = document.rows[i];
    std::string head = line_text(row_json(row));
    head.pop_back();
    take((i == 0 ? "\n    " : ",\n    ") + head + ",\"document\":");
    if (document.part != nullptr && was_read(row)) {
      document.part(i, take);
    } else {
      take("null");
    }
    take("}");
  }
  take("\n  ]\n}\n");
}

std::string tenants_json(const TenantsDocument& document, const Style& /*style*/) {
  return whole([&](const TakePiece& take) { tenants_json_pieces(document, take); });
}

std::string tenants_csv(const TenantsDocument& document, const Style& style) {
  std::string out = csv_line(
      {"tenant", "source", "answer", "reject_direct_send", "lost_messages", "lost_senders",
       "questions", "forged_stopped", "next", "command", "sentence", "file", "error", "evidence"},
      style);
  for (const TenantRow& row : document.rows) {
    const bool read = was_read(row);
    const auto number = [read](std::uint64_t n) { return read ? std::to_string(n) : ""; };
    out += csv_line({row.name, row.source, row.answer, row.direct_send, number(row.lost.messages),
                     number(row.lost.senders), number(row.questions), number(row.stopped),
                     row.next.does, row.next.command, read ? row.sentence : "", row.file,
                     read ? "" : row.sentence, joined(row.evidence, "; ")},
                    style);
  }
  return out;
}

}  // namespace postern::report
