// The stages of a plan. What its steps run stands with what to do; here is when, and what must hold
// first.
#include <vector>

#include "plan/plan.hpp"
#include "plan/stage.hpp"
#include "report/html/sections.hpp"
#include "tenant/cmdlet.hpp"

namespace postern::report::html {
namespace {

void write_lines(Html& page, const std::vector<tenant::Cmdlet>& cmdlets) {
  page << "<pre><code>";
  for (const tenant::Cmdlet& cmdlet : cmdlets) {
    const auto line = tenant::powershell(cmdlet);
    page.text(line ? *line : line.error().line()) << "\n";
  }
  page << "</code></pre>\n";
}

void write_stage(Html& page, const plan::Plan& plan, const plan::Stage& stage) {
  page << "<li><span class=\"tag\">";
  page.text(name_of(stage.kind)) << "</span><h3>";
  page.text(title_of(stage.kind)) << "</h3>\n<p>";
  page.text(stage.does) << "</p>\n";
  if (!stage.unreached.empty()) {
    page << "<p>For";
    bool begun = false;
    for (const plan::UnreachedSender& sender : stage.unreached) {
      page << (begun ? Own(", ") : Own(" "));
      name(page, sender.sender);
      begun = true;
    }
    page << ".</p>\n";
  }
  page << "<p class=\"dim\">Then: ";
  page.text(stage.check) << "</p>\n";
  if (stage.kind == plan::Stage::Kind::rule) {
    write_lines(page, stage.cmdlets(plan.steps));
    page << "<details><summary>The way back</summary>";
    write_lines(page, stage.undo(plan.steps));
    page << "</details>\n";
  }
  page << "</li>\n";
}

}  // namespace

void write_stages(Html& page, const plan::Plan& plan) {
  page
      << "<section id=\"stages\" aria-labelledby=\"h-stages\">\n<h2 id=\"h-stages\">Stages of the "
         "plan</h2>\n<p>One after the other. <code>postern plan next</code> tells, from the tenant "
         "and new evidence, which is due and whether what it waits for holds.</p>\n<ol "
         "class=\"tasks\">\n";
  for (const plan::Stage& stage : plan.stages)
    write_stage(page, plan, stage);
  page << "</ol>\n</section>\n";
}

}  // namespace postern::report::html
