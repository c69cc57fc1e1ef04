#include "score.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "impact/impact.hpp"
#include "world.hpp"

namespace postern::example {
namespace {

using impact::Kind;

std::size_t index_of(Kind kind) {
  return static_cast<std::size_t>(kind);
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void judge(std::uint64_t seed, Score& score) {
  const World world = make_world(seed);
  const auto policy = policy::Readings::of(world.configuration.tenant);
  impact::Collector collector(*policy, impact::context_of(world.configuration), {});
  for (const WorldMessage& message : world.messages)
    collector.message(message.message());
  std::map<std::string, const WorldSender*> truth;
  for (const WorldSender& sender : world.senders) {
    for (const std::string& address : sender.addresses)
      truth[address] = &sender;
  }
  ++score.worlds;
  for (const impact::Sender& found : collector.finish().senders) {
    std::set<const WorldSender*> members;
    for (const IpAddress address : found.addresses)
      members.insert(truth.at(address.text()));
    const bool is_attack = std::any_of(members.begin(), members.end(), [](const WorldSender* s) {
      return s->kind == Kind::attack;
    });
    const bool all_attack = std::all_of(members.begin(), members.end(), [](const WorldSender* s) {
      return s->kind == Kind::attack;
    });
    if (is_attack && !all_attack) ++score.mixed;
    const WorldSender& first = **members.begin();
    const bool right = found.kind == first.kind && is_attack == all_attack;
    ++score.confusion[index_of(first.kind)][index_of(found.kind)];
    ++score.looks[is_attack ? 1 : 0][static_cast<std::size_t>(found.looks)];
    if (found.kind != Kind::unknown) {
      auto& bin =
          score.bins[std::min<std::size_t>(9, static_cast<std::size_t>(found.confidence * 10))];
      ++bin.senders;
      bin.right += right ? 1 : 0;
      bin.sum += found.confidence;
    }
    if (first.hard) {
      auto& [senders, good] = score.hard[first.name];
      ++senders;
      good += right ? 1 : 0;
    }
    const bool wrong_side = found.confidence > 0.9 && found.kind != Kind::unknown &&
                            is_attack != (found.kind == Kind::attack);
    if (wrong_side || (is_attack && !all_attack && found.confidence > 0.9)) {
      score.confident_errors.push_back(fmt::format("seed {}: {} ({}) called {} at {:.3f}", seed,
                                                   found.name, first.name, name_of(found.kind),
                                                   found.confidence));
    }
  }
}

std::string markdown(const Score& score) {
  std::string out =
      "| kind | senders | precision | recall | not determined |\n|---|---|---|---|---|\n";
  for (std::size_t kind = 0; kind < impact::weighed_kinds; ++kind) {
    std::uint64_t senders = 0;
    std::uint64_t named = 0;
    for (std::size_t other = 0; other < score.confusion.size(); ++other) {
      senders += score.confusion[kind][other];
      named += score.confusion[other][kind];
    }
    const std::uint64_t right = score.confusion[kind][kind];
    out += fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % |\n",
                       impact::name_of(static_cast<Kind>(kind)), senders, percent(right, named),
                       percent(right, senders),
                       percent(score.confusion[kind][index_of(Kind::unknown)], senders));
  }
  out += "\nNamed otherwise, most frequent first:\n\n| truth | named | senders |\n|---|---|---|\n";
  std::vector<std::tuple<std::uint64_t, std::size_t, std::size_t>> errors;
  for (std::size_t truth = 0; truth < impact::weighed_kinds; ++truth) {
    for (std::size_t named = 0; named < impact::weighed_kinds; ++named) {
      if (truth != named && score.confusion[truth][named] > 0) {
        errors.emplace_back(score.confusion[truth][named], truth, named);
      }
    }
  }
  std::sort(errors.rbegin(), errors.rend());
  for (const auto& [senders, truth, named] : errors) {
    out += fmt::format("| {} | {} | {} |\n", impact::name_of(static_cast<Kind>(truth)),
                       impact::name_of(static_cast<Kind>(named)), senders);
  }
  out += "\n| truth | called legitimate | called forged | called unclear |\n|---|---|---|---|\n";
  for (const std::size_t attack : {0u, 1u}) {
    const auto& row = score.looks[attack];
    const std::uint64_t all = row[0] + row[1] + row[2];
    out +=
        fmt::format("| {} | {:.1f} % | {:.1f} % | {:.1f} % |\n", attack ? "attack" : "legitimate",
                    percent(row[0], all), percent(row[1], all), percent(row[2], all));
  }
  out += "\n| confidence said | senders | mean said | right |\n|---|---|---|---|\n";
  for (std::size_t i = 0; i < score.bins.size(); ++i) {
    const auto& bin = score.bins[i];
    if (bin.senders == 0) continue;
    out += fmt::format("| {:.1f} to {:.1f} | {} | {:.1f} % | {:.1f} % |\n",
                       static_cast<double>(i) / 10, static_cast<double>(i + 1) / 10, bin.senders,
                       100 * bin.sum / static_cast<double>(bin.senders),
                       percent(bin.right, bin.senders));
  }
  out += "\n| hard case | senders | named rightly |\n|---|---|---|\n";
  for (const auto& [name, counts] : score.hard) {
    out += fmt::format("| {} | {} | {:.1f} % |\n", name, counts.first,
                       percent(counts.second, counts.first));
  }
  out += fmt::format(
      "\n{} organisations; groups that mix an attack with others: {}; wrong side with a "
      "confidence above 0.9: {}\n",
      score.worlds, score.mixed, score.confident_errors.size());
  for (const std::string& error : score.confident_errors)
    out += "- " + error + "\n";
  return out;
}

}  // namespace postern::example
