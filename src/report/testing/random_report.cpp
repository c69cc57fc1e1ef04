#include "report/testing/random_report.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace postern::report::testing {
namespace {

using impact::Sender;

std::uint64_t up_to(std::mt19937& random, std::uint64_t most) {
  return most == 0 ? 0 : random() % (most + 1);
}

impact::Counts split(std::mt19937& random, std::uint64_t messages) {
  impact::Counts out;
  const auto way = random() % 4;
  if (way == 0) {
    out.accept = messages;
  } else if (way == 1) {
    out.reject = messages;
  } else if (way == 2) {
    out.undetermined = messages;
  } else {
    out.accept = up_to(random, messages);
    out.reject = up_to(random, messages - out.accept);
    out.undetermined = messages - out.accept - out.reject;
  }
  return out;
}

Sender make_sender(std::mt19937& random, std::size_t number) {
  Sender out;
  out.name = fmt::format("192.0.2.{}", number);
  out.looks = static_cast<impact::Looks>(random() % 3);
  out.standing = static_cast<impact::Standing>(random() % 3);
  out.loss_accepted = out.standing == impact::Standing::certain &&
                      out.looks == impact::Looks::legitimate && random() % 5 == 0;
  out.messages = 1 + random() % 2000;
  out.now = split(random, out.messages);
  out.with_rejection = split(random, out.messages);
  out.hanging = up_to(random, out.with_rejection.undetermined);
  out.delivery[random() % 6] = out.messages;
  out.reverse_paths = {"a@contoso.com"};
  out.reverse_path_count = 1;
  out.remedy.what = "Let it sign in.";
  return out;
}

}  // namespace

RandomReport::RandomReport(std::mt19937& random) {
  impact::Findings of_switch;
  impact::Findings of_plan;
  of_plan.of = impact::Findings::Of::a_plan;
  for (std::size_t i = random() % 12; i > 0; --i) {
    const Sender sender = make_sender(random, i);
    impact::Outlook outlook = impact::outlook_of(sender, sender.with_rejection, sender.hanging);
    of_switch.senders.push_back(outlook);

    const impact::Counts then = split(random, sender.messages);
    plan::SenderOutcome under{then.accept, 0, 0, then.reject, then.undetermined};
    const bool is_yours =
        sender.standing == impact::Standing::certain && sender.looks == impact::Looks::legitimate;
    if (is_yours && random() % 3 == 0) under.on_presumption = then.accept;
    if (!is_yours && random() % 4 == 0) under.let_in = up_to(random, then.accept);
    outlook.refused = then.reject;
    outlook.undetermined = then.undetermined;
    outlook.hanging = 0;
    outlook.on_presumption = under.on_presumption;
    outlook.let_in = under.let_in;
    of_plan.senders.push_back(outlook);
    plan.proof.senders.push_back(under);
    report.senders.push_back(sender);
  }
  if (random() % 6 == 0) {
    of_switch.missing.push_back(
        {impact::Missing::Kind::rows_lost, 3, "3 of 9 rows could not be read"});
    of_plan.missing = of_switch.missing;
  }
  report.missing = of_switch.missing;
  report.conclusion = impact::conclude(of_switch);
  plan.proof.conclusion = impact::conclude(of_plan);
  plan.proof.statement = plan.proof.conclusion.sentence;
  plan::Step create;
  create.kind = plan::Step::Kind::create_connector;
  create.after.emplace();
  create.after->name = "Postern";
  plan.steps.push_back(create);
  plan::Step turn;
  turn.switch_after = policy::RejectDirectSend::on;
  plan.steps.push_back(turn);
}

}  // namespace postern::report::testing
