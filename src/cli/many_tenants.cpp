#include "cli/many_tenants.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/evidence_options.hpp"
#include "cli/kept_tenants.hpp"
#include "cli/live_evidence.hpp"
#include "cli/policy_source.hpp"
#include "cli/questions.hpp"
#include "cli/side_by_side.hpp"
#include "cli/tenant_dns.hpp"
#include "cli/tenant_prints.hpp"
#include "cli/tenant_reader.hpp"
#include "cli/tenants_outcome.hpp"
#include "exchange/fetch.hpp"

namespace postern::cli {
namespace {

constexpr UnixTime day = 86400;

bool is_live(const std::string& source) {
  return !live_name(source).empty();
}

// What is under way of one tenant.
struct Work {
  EvidenceOptions evidence;  // its own alone
  std::string inputs;        // print of settings and evidence; empty: nothing is kept
  std::string print;         // of the inputs and the answers
  std::optional<tenant::Configuration> configuration;
  std::optional<EvidenceSource> source;
  impact::Context context;
  GatheringPointer gathering;
  DoneTenant done;
  bool is_done = false;
};

class Run {
 public:
  Run(const TenantsRun& run, const Environment& environment,
      std::vector<tenant::ListedTenant> tenants, EvidenceSource base)
      : run_(run),
        environment_(environment),
        tenants_(std::move(tenants)),
        base_(std::move(base)),
        names_(file_names_of(tenants_)),
        works_(tenants_.size()) {}

  Result<int> all() {
    if (auto opened = open_outputs(); !opened) return tl::unexpected(opened.error());
    auto shared_files = base_.files();
    if (!shared_files) return tl::unexpected(shared_files.error());
    shared_files_ = std::move(*shared_files);
    if (folder_) {
      auto prints = TenantPrints::begin(run_, base_, shared_files_, environment_);
      if (!prints) return tl::unexpected(prints.error());
      prints_ = std::move(*prints);
    }
    const bool is_shared = !shared_files_.empty();
    if (is_shared) {
      each([this](TenantReader& reader, std::size_t i) { prepare(reader, i); });
      if (auto read = read_shared(); !read) return tl::unexpected(read.error());
    }
    each([this, is_shared](TenantReader& reader, std::size_t i) {
      if (!is_shared) prepare(reader, i);
      conclude(reader, i);
      count_done();
    });
    if (environment_.shows_progress) fmt::print(stderr, "\r\x1b[K");
    std::vector<DoneTenant> done;
    for (std::size_t i = 0; i < works_.size(); ++i) {
      done.push_back(std::move(works_[i].done));
      done.back().row.evidence = tenants_[i].evidence;
    }
    return write_outcome(run_, environment_, std::move(done), shared_rows_, base_.services(),
                         spool_.get());
  }

 private:
  Result<void> open_outputs() {
    if (run_.many.folder.empty()) {
      auto spool = Spool::open(tenants_.size());
      if (!spool) return tl::unexpected(spool.error());
      spool_ = std::move(*spool);
      return {};
    }
    auto folder = TenantFolder::open(run_.many.folder, run_.output.format, tenants_);
    if (!folder) return tl::unexpected(folder.error());
    folder_ = std::move(*folder);
    return {};
  }

  template <class Do>
  void each(Do work) {
    side_by_side(tenants_.size(), run_.many.parallel, [this, work]() -> SideJob {
      const auto reader = std::make_shared<TenantReader>(run_.live);
      return [this, work, reader](std::size_t i) {
        if (!works_[i].is_done) work(*reader, i);
      };
    });
  }

  void count_done() {
    if (!environment_.shows_progress) return;
    const std::lock_guard lock(mutex_);
    fmt::print(stderr, "\r\x1b[K{} of {} tenants", ++count_, tenants_.size());
  }

  void give_up(std::size_t i, const Error& why) {
    Work& work = works_[i];
    work.done.row = report::unanswered(tenants_[i].name, tenants_[i].source, why);
    // What an earlier run said of it would be taken for today's.
    if (folder_) folder_->take_away(i);
    work.is_done = true;
    work.gathering.reset();
  }

  // --- one tenant up to its evidence ---

  void prepare(TenantReader& reader, std::size_t i) {
    if (auto ready = make_ready(reader, i); !ready) give_up(i, ready.error());
  }

  Result<void> make_ready(TenantReader& reader, std::size_t i) {
    const tenant::ListedTenant& listed = tenants_[i];
    Work& work = works_[i];
    work.evidence = run_.evidence;
    work.evidence.paths = listed.evidence;
    work.evidence.senders = listed.senders;
    if (!run_.evidence.questions.empty()) {
      work.evidence.questions = run_.evidence.questions + "/" + names_[i] + ".toml";
    }
    if (prints_) {
      auto inputs = prints_->of_inputs(listed);
      if (!inputs) return tl::unexpected(inputs.error());
      work.inputs = std::move(*inputs);
      auto print = TenantPrints::with_answers(work.inputs, listed, work.evidence.questions);
      if (!print) return tl::unexpected(print.error());
      work.print = std::move(*print);
      if (use_earlier(i)) return {};
    }
    auto configuration = reader.read(listed);
    if (!configuration) return tl::unexpected(configuration.error());
    const RecordLookup records{run_.evidence.resolve, run_.evidence.dns};
    if (auto done = complete_records(*configuration, records, is_live(listed.source)); !done) {
      return done;
    }
    if (auto fetched = fetch(reader, i); !fetched) return fetched;
    auto compiled = compile(std::move(*configuration));
    if (!compiled) return tl::unexpected(compiled.error().front());
    work.configuration = std::move(compiled->configuration);
    auto source = base_.of_tenant(work.evidence);
    if (!source) return tl::unexpected(source.error());
    work.source = std::move(*source);
    work.context = work.source->context_of(*work.configuration);
    const auto files = work.source->files();
    if (!files) return tl::unexpected(files.error());
    auto begun = work.source->begin(work.configuration->tenant, work.context, environment_,
                                    run_.extra, files->size() + shared_files_.size());
    if (!begun) return tl::unexpected(begun.error());
    work.gathering = std::move(*begun);
    return {};
  }

  bool use_earlier(std::size_t i) {
    if (run_.many.again) return false;
    auto earlier = folder_->earlier(i, works_[i].print);
    if (!earlier) return false;
    earlier->row.name = tenants_[i].name;
    earlier->row.source = tenants_[i].source;
    earlier->row.file = folder_->document_of(i);
    works_[i].done = std::move(*earlier);
    works_[i].is_done = true;
    return true;
  }

  // Replaces "live:NAME" among its evidence by the folder that it was fetched into.
  Result<void> fetch(TenantReader& reader, std::size_t i) {
    for (std::string& path : works_[i].evidence.paths) {
      if (!is_live(path)) continue;
      if (!folder_) {
        return fail("evidence is fetched into a folder", tenants_[i].where, "add --out-dir FOLDER");
      }
      exchange::FetchRequest request;
      request.source = run_.many.fetch == "trace"   ? exchange::EvidenceSource::trace
                       : run_.many.fetch == "graph" ? exchange::EvidenceSource::graph
                                                    : exchange::EvidenceSource::hunting;
      // Whole days, so that a run that goes on asks for the same.
      const UnixTime until = base_.until().value_or(environment_.now) / day * day;
      request.until = std::min(until, environment_.now / day * day);
      request.since = (base_.since().value_or(request.until - 10 * day) + day - 1) / day * day;
      request.folder = folder_->evidence_of(i, format_date(environment_.now));
      const std::string name(live_name(path));
      tenant::ListedTenant listed = tenants_[i];
      if (name != live_name(listed.source)) listed.tenant.clear();
      const auto session = reader.open(name, listed);
      if (!session) return tl::unexpected(session.error());
      ListedSession& live = **session;
      const auto fetched =
          fetch_live(request, {live.profile, *live.tokens, *live.transport, *live.admin},
                     reader.around(), [](const std::string&) {});
      if (!fetched) return tl::unexpected(fetched.error());
      path = request.folder;
    }
    return {};
  }

  // --- evidence for all ---

  // A domain that two tenants accept tells neither from the other: both are named, and left out.
  std::vector<std::size_t> tell_apart() {
    std::map<std::string, std::size_t, std::less<>> owner;
    std::vector<std::pair<std::size_t, Error>> faults;
    for (std::size_t i = 0; i < works_.size(); ++i) {
      if (works_[i].is_done) continue;
      for (const auto& domain : works_[i].configuration->tenant.accepted_domains) {
        const auto [at, is_new] = owner.emplace(domain.name, i);
        if (is_new || at->second == i) continue;
        for (const auto& [mine, other] : {std::pair(i, at->second), std::pair(at->second, i)}) {
          faults.emplace_back(
              mine, Error{fmt::format("{} is accepted by '{}' too: their rows can't be told apart",
                                      printable(domain.name), printable(tenants_[other].name)),
                          tenants_[mine].where, "give each its own evidence"});
        }
      }
    }
    for (const auto& [i, fault] : faults)
      give_up(i, fault);
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < works_.size(); ++i) {
      if (!works_[i].is_done) out.push_back(i);
    }
    return out;
  }

  Result<void> read_shared() {
    const std::vector<std::size_t> those = tell_apart();
    if (those.empty()) return {};
    std::vector<policy::Tenant> owners;
    std::vector<Gathering*> gatherings;
    for (const std::size_t i : those) {
      owners.push_back(works_[i].configuration->tenant);
      gatherings.push_back(works_[i].gathering.get());
    }
    const auto policy = policy::Policy::compile(owners);
    if (!policy) return tl::unexpected(policy.error().front());
    auto rows = base_.read_for_all(*policy, gatherings, environment_);
    if (!rows) return tl::unexpected(rows.error());
    shared_rows_ = std::move(*rows);
    return {};
  }

  // --- one tenant from its evidence on ---

  void conclude(TenantReader& /*reader*/, std::size_t i) {
    if (works_[i].is_done) return;
    if (auto answered = answer(i); !answered) return give_up(i, answered.error());
    works_[i].is_done = true;
    // 300 tenants' mail at once would be too much.
    works_[i].gathering.reset();
    works_[i].source.reset();
    works_[i].configuration.reset();
    works_[i].context = {};
  }

  Result<void> answer(std::size_t i) {
    Work& work = works_[i];
    if (auto read = work.source->read_into(*work.gathering); !read) return read;
    const auto report = EvidenceSource::finish(*work.gathering);
    if (!report) return tl::unexpected(report.error());
    const tenant::ListedTenant& listed = tenants_[i];
    EvidenceOptions whole = work.evidence;
    whole.paths.insert(whole.paths.begin(), run_.evidence.paths.begin(), run_.evidence.paths.end());
    if (whole.senders.empty()) whole.senders = run_.evidence.senders;
    TenantCase tenant{
        listed, *work.configuration, work.context, *report, !whole.paths.empty(), whole, {}, {},
        {}};
    if (listed.tenant.empty()) tenant.arguments = command_line_of(listed.source, run_.live, whole);
    if (folder_) tenant.file = folder_->path_of(folder_->document_of(i));
    if (folder_) {
      // As it was asked for (--redact, --excel), and for no terminal.
      OutputOptions to_file = run_.output;
      to_file.file = tenant.file;
      tenant.style = to_file.style(environment_);
      tenant.style.columns = report::Style{}.columns;
    } else {
      tenant.style = run_.output.style(environment_);
    }
    auto answered = run_.answer(tenant);
    if (!answered) return tl::unexpected(answered.error());
    work.done.row = std::move(answered->row);
    work.done.seen = impact::seen_senders(*report, work.source->services());
    work.done.domains = work.context.domains;
    if (auto asked = ask(i, *report); !asked) return asked;
    // Here, where the document is whole, and not piece by piece as it is handed on.
    if (!folder_) {
      return spool_->put(i, shown(run_.output, environment_, std::move(answered->document)));
    }
    work.done.row.file = folder_->document_of(i);
    return folder_->keep(i, work.print, work.done, answered->document);
  }

  // The file of questions is an input too: what is asked now is no reason to make it all again, an
  // answer that came meanwhile is.
  Result<void> ask(std::size_t i, const impact::Report& report) {
    Work& work = works_[i];
    if (work.evidence.questions.empty()) return {};
    if (!folder_) return write_questions(work.evidence, report, tenants_[i].name);
    const auto print = [&] {
      return TenantPrints::with_answers(work.inputs, tenants_[i], work.evidence.questions);
    };
    const auto before = print();
    if (!before) return tl::unexpected(before.error());
    if (auto asked = write_questions(work.evidence, report, tenants_[i].name); !asked) return asked;
    if (*before != work.print) return {};
    auto after = print();
    if (!after) return tl::unexpected(after.error());
    work.print = std::move(*after);
    return {};
  }

  const TenantsRun& run_;
  const Environment& environment_;
  const std::vector<tenant::ListedTenant> tenants_;
  const EvidenceSource base_;
  const std::vector<std::string> names_;
  std::vector<Work> works_;
  std::vector<std::string> shared_files_;
  std::optional<TenantPrints> prints_;
  std::optional<impact::SharedRows> shared_rows_;
  std::optional<TenantFolder> folder_;
  std::unique_ptr<Spool> spool_;
  std::mutex mutex_;
  std::size_t count_ = 0;
};

}  // namespace

int run_many_tenants(const TenantsRun& run, const Environment& environment) {
  if (auto fits = check_written_as<report::TenantsDocument>(run.output, "several tenants"); !fits) {
    return report_error(fits.error());
  }
  if (run.output.format == "html" && run.many.folder.empty()) {
    return report_error({"has a page for each tenant", "HTML", "add --out-dir FOLDER"});
  }
  auto tenants = tenant::read_tenants(run.many.list);
  if (!tenants) return report_error(tenants.error());
  EvidenceOptions for_all = run.evidence;
  for_all.questions.clear();  // a folder, with a file a tenant
  auto base = EvidenceSource::prepare(for_all, environment);
  if (!base) return report_error(base.error());
  if (!run.evidence.questions.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(run.evidence.questions, failed);
    if (failed) {
      return report_error({fmt::format("can't be made ({})", failed.message()),
                           run.evidence.questions, "with --tenants, --questions names a folder"});
    }
  }
  Run work(run, environment, std::move(*tenants), std::move(*base));
  const auto status = work.all();
  return status ? *status : report_error(status.error());
}

}  // namespace postern::cli
