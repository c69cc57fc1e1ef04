#include "exchange/trace.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "exchange/json_text.hpp"

namespace postern::exchange {
namespace {

using Json = nlohmann::json;

// The seam repeats a page's last rows; three pages back nothing has been seen to come again.
constexpr std::size_t pages_remembered = 3;

std::string key_of(const Json& row) {
  return text_of(row, "MessageTraceId") + "\n" + to_lower(text_of(row, "RecipientAddress"));
}

}  // namespace

Result<void> TraceWindow::go_on(const TracePoint& point, std::string_view seen) {
  TracePage ignored;
  from_ = point;
  auto kept = keep_new(seen, ignored);
  if (!kept) return tl::unexpected(kept.error());
  return {};
}

Result<std::size_t> TraceWindow::keep_new(std::string_view objects, TracePage& page) {
  const std::string where = admin_.name() + ", Get-MessageTraceV2";
  const Json rows = Json::parse(objects, nullptr, false);
  if (!rows.is_array()) return fail("the rows are no list", where);
  std::unordered_set<std::string> here;
  page.objects = "[";
  for (const Json& row : rows) {
    TracePoint point{text_of(row, "Received"), text_of(row, "RecipientAddress")};
    if (point.received.empty() || text_of(row, "MessageTraceId").empty()) {
      return fail("a row has no Received or no MessageTraceId", where,
                  "the service has changed its answer; tell the authors");
    }
    page.next = std::move(point);
    std::string key = key_of(row);
    const bool before = std::any_of(seen_.begin(), seen_.end(),
                                    [&](const auto& keys) { return keys.contains(key); });
    if (before || !here.insert(std::move(key)).second) continue;
    page.objects += (page.count++ == 0 ? "\n" : ",\n") + one_line(row);
  }
  page.objects += "]";
  seen_.push_back(std::move(here));
  if (seen_.size() > pages_remembered) seen_.pop_front();
  return rows.size();
}

Result<TracePage> TraceWindow::next() {
  Json parameters = {{"StartDate", start_},
                     {"EndDate", from_ ? from_->received : end_},
                     {"ResultSize", page_size_}};
  if (from_) parameters["StartingRecipientAddress"] = from_->recipient;
  const auto answer = admin_.invoke("Get-MessageTraceV2", one_line(parameters));
  if (!answer) return tl::unexpected(answer.error());
  TracePage page;
  const auto received = keep_new(answer->objects, page);
  if (!received) return tl::unexpected(received.error());
  // A full page counts as cut even where the warning is missing: one request more does no harm.
  const bool more = *received > 0 && (!answer->warnings.empty() || *received >= page_size_);
  if (!more) {
    page.next.reset();
    return page;
  }
  const bool stands =
      from_ && page.next->received == from_->received && page.next->recipient == from_->recipient;
  if (page.count == 0 && stands) {
    // Nothing but the seam, and room was left for more: the end, whatever the warning was about.
    if (*received < page_size_) {
      page.next.reset();
      return page;
    }
    return fail(fmt::format("the message trace does not get past {} at {}",
                            printable(page.next->recipient), printable(page.next->received)),
                admin_.name() + ", Get-MessageTraceV2",
                "fetch a shorter period around that time, or use --source graph");
  }
  from_ = page.next;
  return page;
}

CandidateChoice::CandidateChoice(std::vector<std::string> domains, unsigned each)
    : domains_(std::move(domains)), each_(each) {}

bool CandidateChoice::is_own(const std::string& domain) const {
  return std::any_of(domains_.begin(), domains_.end(), [&](const std::string& own) {
    return own.starts_with("*.") ? domain.ends_with(own.substr(1)) : domain == own;
  });
}

namespace {

// As Get-MessageTraceV2 calls it, or as Graph does.
std::string either_of(const Json& row, const char* cmdlets, const char* graphs) {
  std::string text = text_of(row, cmdlets);
  return text.empty() ? text_of(row, graphs) : text;
}

}  // namespace

Result<std::vector<TraceCandidate>> CandidateChoice::choose(std::string_view objects) {
  const Json rows = Json::parse(objects, nullptr, false);
  if (!rows.is_array()) return fail("the rows are no list", "trace");
  std::vector<TraceCandidate> out;
  for (const Json& row : rows) {
    const std::string sender = to_lower(either_of(row, "SenderAddress", "senderAddress"));
    const std::string address = either_of(row, "FromIP", "fromIP");
    // Mail between mailboxes has no address that it came from.
    if (address.empty() || each_ == 0) continue;
    const auto domain = normalise_domain(domain_of_address(sender));
    if (!domain || !is_own(*domain)) continue;
    unsigned& count = counts_[fmt::format("{}\n{}", address, sender)];
    if (count >= each_) continue;
    ++count;
    out.push_back({either_of(row, "MessageTraceId", "id"),
                   either_of(row, "RecipientAddress", "recipientAddress")});
  }
  return out;
}

Result<std::string> trace_details(AdminInterface& admin, const TraceCandidate& candidate) {
  // Either alone is answered with nothing and no error, so both are always sent.
  const auto answer = admin.invoke("Get-MessageTraceDetailV2",
                                   one_line({{"MessageTraceId", candidate.trace_id},
                                             {"RecipientAddress", candidate.recipient}}));
  if (!answer) return tl::unexpected(answer.error());
  Json rows = Json::parse(answer->objects, nullptr, false);
  if (!rows.is_array()) {
    return fail("the rows are no list", admin.name() + ", Get-MessageTraceDetailV2");
  }
  for (Json& row : rows) {
    if (text_of(row, "MessageTraceId").empty()) row["MessageTraceId"] = candidate.trace_id;
    if (text_of(row, "RecipientAddress").empty()) row["RecipientAddress"] = candidate.recipient;
  }
  return one_line(rows);
}

}  // namespace postern::exchange
