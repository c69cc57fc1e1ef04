#include "exchange/fetch.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "exchange/fetch_state.hpp"
#include "exchange/rate.hpp"

namespace postern::exchange {
namespace {

constexpr UnixTime day = 86400;
constexpr UnixTime longest_stretch = 10 * day;  // of one trace query
constexpr unsigned trace_page = 5000;           // the most that one answer holds
constexpr std::size_t hunting_rows = 100'000;   // the most that one query answers with
constexpr std::size_t details_a_file = 100;

std::string compact(UnixTime time) {
  std::string text = format_time(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

class Fetch {
 public:
  Fetch(const FetchRequest& request, AdminInterface& admin, Graph& graph,
        const Surroundings& around, const FetchProgress& progress)
      : request_(request),
        admin_(admin),
        graph_(graph),
        around_(around),
        progress_(progress),
        rate_(request.source == EvidenceSource::hunting ? 45 : 100,
              request.source == EvidenceSource::hunting ? 60 : 300) {}

  Result<Fetched> run() {
    if (auto begun = begin(); !begun) return tl::unexpected(begun.error());
    auto done = state_.finished                            ? Result<void>{}
                : request_.source == EvidenceSource::trace ? traces()
                : request_.source == EvidenceSource::graph ? graph_traces()
                                                           : hunting();
    if (!done) return tl::unexpected(done.error());
    state_.finished = true;
    if (auto saved = save(); !saved) return tl::unexpected(saved.error());
    return Fetched{state_.since,   state_.until, resumed_, state_.rows,
                   state_.details, state_.files, requests_};
  }

 private:
  Result<void> begin() {
    std::error_code failed;
    std::filesystem::create_directories(request_.folder, failed);
    if (failed) {
      return fail(fmt::format("can't be made ({})", failed.message()), request_.folder,
                  "name another folder");
    }
    auto earlier = read_state(request_.folder);
    if (!earlier) return tl::unexpected(earlier.error());
    const std::string source(name_of(request_.source));
    if (*earlier) {
      state_ = std::move(**earlier);
      const bool same = state_.source == source && state_.tenant == admin_.name();
      const bool another_period =
          state_.finished && (state_.since != request_.since || state_.until != request_.until);
      if (!same || another_period) {
        return fail(fmt::format("holds a fetch of {} from {} to {}", state_.source,
                                format_time(state_.since), format_time(state_.until)),
                    request_.folder, "fetch into another folder");
      }
      resumed_ = !state_.finished;
      for (const UnixTime request : state_.requests)
        rate_.remember(request);
      return {};
    }
    const UnixTime now = around_.now();
    if (request_.since >= request_.until) {
      return fail("the period is empty", "--since", "let --since be before --until");
    }
    if (request_.since < now - static_cast<UnixTime>(reach_of(request_.source)) * day) {
      return fail(fmt::format("{} reaches {} days back", source, reach_of(request_.source)),
                  "--since", "begin later, or use a historical search's CSV for what is older");
    }
    state_.source = source;
    state_.tenant = admin_.name();
    state_.since = state_.at = request_.since;
    state_.until = request_.until;
    state_.details_each = request_.details;
    return save();
  }

  Result<void> save() {
    state_.requests = rate_.latest();
    return write_state(request_.folder, state_);
  }

  void count_request() {
    rate_.take(around_);
    ++requests_;
  }

  std::string path(std::string_view kind, UnixTime at, unsigned page) const {
    return fmt::format("{}/{}-{}-{:04}.json", request_.folder, kind, compact(at), page);
  }

  // A file without rows would tell nobody what it is: there is none.
  Result<void> keep(const std::string& file, std::string_view text, std::size_t rows) {
    if (rows == 0) return {};
    if (auto written = keep_file(file, text); !written) return written;
    state_.rows += rows;
    ++state_.files;
    return {};
  }

  void tell(UnixTime from, UnixTime to) const {
    const auto whole = static_cast<double>(state_.until - state_.since);
    const double part = whole > 0 ? static_cast<double>(from - state_.since) / whole : 0;
    progress_(fmt::format("{} to {} ({:.0f} % of the period): {} rows so far", format_time(from),
                          format_time(to), part * 100, state_.rows));
  }

  UnixTime stretch_end() const { return std::min(state_.at + longest_stretch, state_.until); }

  // The stretch is whole: the next begins.
  Result<void> advance(UnixTime to) {
    state_.at = to;
    state_.page = 0;
    state_.point.reset();
    return save();
  }

  // --- Get-MessageTraceV2 ---

  Result<void> traces() {
    while (state_.at < state_.until) {
      const UnixTime end = stretch_end();
      TraceWindow window(admin_, format_time(state_.at), format_time(end), trace_page);
      if (state_.point && state_.page > 0) {
        const auto last = kept_file(path("trace", state_.at, state_.page));
        if (!last) return tl::unexpected(last.error());
        if (auto ready = window.go_on(*state_.point, rows_of(*last)); !ready) return ready;
      }
      for (;;) {
        tell(state_.at, end);
        count_request();
        auto page = window.next();
        if (!page) return tl::unexpected(page.error());
        auto kept = keep(path("trace", state_.at, state_.page + 1),
                         "{\"value\":" + page->objects + "}\n", page->count);
        if (!kept) return kept;
        if (page->count > 0) ++state_.page;
        state_.point = page->next;
        if (!page->next) break;
        if (auto saved = save(); !saved) return saved;
      }
      if (auto done = advance(end); !done) return done;
    }
    return details("trace-");
  }

  // What keep_file put around the rows comes off again.
  static std::string_view rows_of(std::string_view text) {
    constexpr std::string_view head = "{\"value\":";
    if (text.starts_with(head)) text.remove_prefix(head.size());
    while (!text.empty() && text.back() != ']')
      text.remove_suffix(1);
    return text;
  }

  // The candidates follow from the trace files, in the order of their names, so a later run finds
  // the same ones and skips what is done.
  Result<void> details(std::string_view kind) {
    if (state_.details_each == 0) return {};
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(request_.folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(kind) && name.ends_with(".json")) {
        files.push_back(entry.path().string());
      }
    }
    std::sort(files.begin(), files.end());
    CandidateChoice choice(request_.domains, state_.details_each);
    std::uint64_t index = 0;
    for (const std::string& file : files) {
      const auto text = kept_file(file);
      if (!text) return tl::unexpected(text.error());
      const auto candidates = choice.choose(rows_of(*text));
      if (!candidates) return tl::unexpected(candidates.error());
      for (const TraceCandidate& candidate : *candidates) {
        if (index++ < state_.details_done) continue;
        if (auto taken = detail(candidate); !taken) return taken;
      }
    }
    return write_details();
  }

  Result<void> detail(const TraceCandidate& candidate) {
    progress_(fmt::format("details: {} so far", state_.details_done + collected_));
    count_request();
    const auto rows = request_.source == EvidenceSource::graph ? graph_.trace_details(candidate)
                                                               : trace_details(admin_, candidate);
    if (!rows) {
      // What was collected is kept first.
      if (auto kept = write_details(); !kept) return kept;
      return tl::unexpected(rows.error());
    }
    const std::string_view inside = std::string_view(*rows).substr(1, rows->size() - 2);
    if (!inside.empty()) append_item(collected_rows_, inside, ",\n");
    return ++collected_ < details_a_file ? Result<void>{} : write_details();
  }

  Result<void> write_details() {
    if (collected_ == 0) return {};
    if (!collected_rows_.empty()) {
      const std::string file =
          fmt::format("{}/details-{:04}.json", request_.folder, state_.detail_files + 1);
      auto kept = keep_file(file, "{\"value\":[" + collected_rows_ + "]}\n");
      if (!kept) return kept;
      ++state_.detail_files;
      ++state_.files;
    }
    state_.details_done += collected_;
    state_.details += collected_;
    collected_ = 0;
    collected_rows_.clear();
    return save();
  }

  // --- Graph ---

  Result<void> graph_traces() {
    while (state_.at < state_.until) {
      const UnixTime end = stretch_end();
      // A link to a next page does not outlive its run: a stretch that was begun is fetched anew,
      // into the same files.
      std::string next;
      unsigned page = 0;
      std::uint64_t rows = 0;
      do {
        tell(state_.at, end);
        count_request();
        auto answer = graph_.message_traces(format_time(state_.at), format_time(end), next);
        if (!answer) return tl::unexpected(answer.error());
        if (answer->count > 0) {
          auto kept = keep_file(path("graph", state_.at, ++page), answer->body);
          if (!kept) return kept;
        }
        rows += answer->count;
        next = std::move(answer->next);
      } while (!next.empty());
      state_.rows += rows;
      state_.files += page;
      if (auto done = advance(end); !done) return done;
    }
    return details("graph-");
  }

  // --- hunting ---

  Result<void> hunting() {
    while (state_.at < state_.until) {
      const UnixTime end = std::min((state_.at / day + 1) * day, state_.until);
      if (auto done = hunt(state_.at, end); !done) return done;
      if (auto done = advance(end); !done) return done;
    }
    return {};
  }

  // A full answer may be a cut one: the stretch is halved until each part fits.
  Result<void> hunt(UnixTime from, UnixTime to) {
    tell(from, to);
    count_request();
    const auto answer = graph_.hunting(email_events_query(request_.domains, from, to));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->count < hunting_rows) {
      return keep(path("hunting", from, 1), answer->body, answer->count);
    }
    if (to - from <= 1) {
      return fail(fmt::format("{} rows or more in one second", hunting_rows),
                  admin_.name() + ", hunting query", "leave that second out");
    }
    const UnixTime middle = from + (to - from) / 2;
    if (auto first = hunt(from, middle); !first) return first;
    return hunt(middle, to);
  }

  const FetchRequest& request_;
  AdminInterface& admin_;
  Graph& graph_;
  const Surroundings& around_;
  const FetchProgress& progress_;
  Rate rate_;
  FetchState state_;
  bool resumed_ = false;
  std::uint64_t requests_ = 0;
  std::size_t collected_ = 0;
  std::string collected_rows_;
};

}  // namespace

std::string_view name_of(EvidenceSource source) noexcept {
  switch (source) {
    case EvidenceSource::trace:
      return "trace";
    case EvidenceSource::graph:
      return "graph";
    case EvidenceSource::hunting:
      break;
  }
  return "hunting";
}

unsigned reach_of(EvidenceSource source) noexcept {
  return source == EvidenceSource::hunting ? 30 : 90;
}

Result<Fetched> fetch_evidence(const FetchRequest& request, AdminInterface& admin, Graph& graph,
                               const Surroundings& around, const FetchProgress& progress) {
  return Fetch(request, admin, graph, around, progress).run();
}

}  // namespace postern::exchange
