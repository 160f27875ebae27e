#include "services/redact_patterns.h"

#include "services/redact_checks.h"

namespace chela::services {
namespace {

constexpr auto kAssigned = PatternScope::assigned;
constexpr auto kPersonal = PatternScope::personal;

// A value after `:` or `=`: in quotes up to the closing one, otherwise up to a blank or separator.
#define CHELA_VALUE                                                    \
  R"re((?:"((?:[^"\\]|\\.)+)|'((?:[^'\\]|\\.)+)|\\+["']([^"'\\]+)|)re" \
  R"re(([^\x00-\x20"'&,;)}\]\\]+)))re"
#define CHELA_ASSIGN R"re(["'\\]{0,4}[ \t]{0,4}[:=]>?[ \t]*)re"

}  // namespace

// Sources: what the services document about their tokens, and the rules of gitleaks and secretlint
// (both MIT), looked at in 2026; the expressions are ours.
const std::vector<PatternRow>& pattern_table() {
  static const std::vector<PatternRow> kRows{
      {"private-key", R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----())", "-----BEGIN",
       Hint::anywhere, PatternScope::exact_shape, nullptr, Tail::block},
      // PKCS#12, PKCS#8 and PKCS#1 in base64 without their frame: the first bytes of the DER.
      {"private-key", R"(\bMII[A-Za-z0-9+/]{3}IB(?:AzCC|ADAN|AAKC)[A-Za-z0-9+/=]{40,})",
       "IBAzCC IBADAN IBAAKC", Hint::anywhere},
      {"private-key", R"(\bb3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]{20,})", "b3BlbnNzaC1rZXktdjE"},
      {"age", R"((?i)\bAGE-SECRET-KEY-(?:PQ-)?1[02-9A-Z]{50,})", "AGE-SECRET-KEY-"},

      // Models.
      {"anthropic", R"(\bsk-ant-[A-Za-z0-9_-]{16,})", "sk-ant-"},
      {"openrouter", R"(\bsk-or-[A-Za-z0-9_-]{16,})", "sk-or-"},
      {"openai", R"(\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,})",
       "sk-proj- sk-svcacct- sk-admin- sk-None-"},
      {"kimi", R"(\bsk-kimi-[A-Za-z0-9_-]{16,})", "sk-kimi-"},
      {"synthetic", R"(\bsyn_[A-Za-z0-9]{20,})", "syn_"},
      {"groq", R"(\bgsk_[A-Za-z0-9]{20,})", "gsk_"},
      {"perplexity", R"(\bpplx-[A-Za-z0-9]{20,})", "pplx-"},
      {"xai", R"(\bxai-[A-Za-z0-9]{30,})", "xai-"},
      {"nvidia", R"(\bnvapi-[A-Za-z0-9_-]{20,})", "nvapi-"},
      {"huggingface", R"(\b(?:hf|api_org)_[A-Za-z0-9]{30,})", "hf_ api_org_"},
      {"replicate", R"(\br8_[A-Za-z0-9]{30,})", "r8_"},
      {"fireworks", R"(\bfw_[A-Za-z0-9]{20,})", "fw_"},
      {"cerebras", R"(\bcsk-[a-z0-9]{30,})", "csk-"},
      {"elevenlabs", R"(\bsk_[0-9a-f]{48}\b)", "sk_[0-9a-f]"},
      {"tavily", R"(\btvly-[A-Za-z0-9-]{20,})", "tvly-"},

      // Clouds, code, chat.
      {"aws", R"(\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,})", "A[KS]IA ABIA ACCA"},
      {"google", R"(\bAIza[A-Za-z0-9_-]{30,})", "AIza"},
      {"google", R"(\bya29\.[A-Za-z0-9._-]{20,})", "ya29."},
      {"google", R"(\bGOCSPX-[A-Za-z0-9_-]{20,})", "GOCSPX-"},
      {"google", R"(\b1//0[A-Za-z0-9_-]{30,})", "1//0"},
      {"azure",
       R"((?i)\b(?:AccountKey|SharedAccessKey|SharedSecretKey)=([A-Za-z0-9+/]{20,}={0,2}))",
       "AccountKey= SharedAccessKey= SharedSecretKey="},
      {"azure", R"([A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,})", "[0-9]Q~", Hint::anywhere},
      {"azure", R"(\b[A-Za-z0-9]{70,80}AZDO[A-Za-z0-9]{4}\b)", "AZDO", Hint::anywhere},
      {"github", R"(\bgh[pousr]_[A-Za-z0-9][A-Za-z0-9_.-]{19,})", "gh[pousr]_"},
      {"github", R"(\bgithub_pat_[A-Za-z0-9_]{20,})", "github_pat_"},
      {"gitlab",
       R"(\b(?:glpat|gloas|gldt|glrt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct)-[A-Za-z0-9_.-]{16,})",
       "glpat- gloas- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- glffct-"},
      {"slack", R"(\bxox[abeoprs]-[A-Za-z0-9-]{10,})", "xox[abeoprs]-"},
      {"slack", R"(\bxapp-[A-Za-z0-9-]{16,})", "xapp-"},
      {"slack", R"(hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+-]{20,}))",
       "hooks.slack.com/"},
      {"discord", R"(/api/webhooks/[0-9]+/([A-Za-z0-9_-]{40,}))", "/api/webhooks/", Hint::anywhere},
      {"discord", R"(\b[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,})",
       "M[Tjz][AEIMQUYcgk] N[DTjz][AEIMQUYcgk] O[DT][AEIMQUYcgk]"},
      {"telegram", R"((?:\b|bot)[0-9]{8,10}:AA[A-Za-z0-9_-]{32,})", ":AA", Hint::anywhere},
      {"jwt", R"(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3})", "eyJ"},
      {"1password", R"(\bops_[A-Za-z0-9_=+/-]{40,})", "ops_"},
      {"1password",
       R"(\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b)",
       "A3-"},
      {"npm", R"(\bnpm_[A-Za-z0-9]{30,})", "npm_"},
      {"pypi", R"(\bpypi-[A-Za-z0-9_-]{32,})", "pypi-"},
      {"rubygems", R"(\brubygems_[0-9a-f]{40,})", "rubygems_"},
      {"docker", R"(\bdckr_[op]at_[A-Za-z0-9_-]{24,})", "dckr_"},
      {"vault", R"(\bhv[sbr]\.[A-Za-z0-9_-]{20,})", "hv[sbr]."},
      {"terraform", R"(\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,})", ".atlasv1.",
       Hint::anywhere},
      {"doppler", R"(\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,})",
       "dp.[psc]t. dp.sa. dp.scim. dp.audit."},
      {"pulumi", R"(\bpul-[0-9a-f]{40})", "pul-"},
      {"digitalocean", R"(\bdo[opr]_v1_[0-9a-f]{40,})", "do[opr]_v1_"},
      {"heroku", R"(\bHRKU-[A-Za-z0-9_-]{36,})", "HRKU-"},
      {"vercel", R"(\bvc[pcarik]_[A-Za-z0-9]{24,})", "vc[pcarik]_"},
      {"supabase", R"(\bsb_secret_[A-Za-z0-9_-]{20,}|\bsbp_[0-9a-f]{40})", "sb_secret_ sbp_"},
      {"planetscale", R"(\bpscale_[a-z]+_[A-Za-z0-9_=.-]{30,})", "pscale_"},
      {"databricks", R"(\bdapi[0-9a-f]{32})", "dapi"},
      {"tailscale", R"(\btskey-[a-z]+-[A-Za-z0-9_-]{10,})", "tskey-"},
      {"grafana", R"(\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|\bglc_[A-Za-z0-9+/=]{32,})",
       "glsa_ glc_"},
      {"grafana", R"(\beyJrIjoi[A-Za-z0-9+/]{50,}={0,2})", "eyJrIjoi"},
      {"newrelic", R"(\bNRAK-[A-Z0-9]{27})", "NRAK-"},
      {"sentry", R"(\bsntry[su]_[A-Za-z0-9+/=_-]{40,})", "sntry[su]_"},
      {"linear", R"(\blin_(?:api|oauth)_[A-Za-z0-9]{32,})", "lin_api_ lin_oauth_"},
      {"notion", R"(\bntn_[A-Za-z0-9]{40,}|\bsecret_[A-Za-z0-9]{43}\b)", "ntn_ secret_"},
      {"atlassian", R"(\bATATT3[A-Za-z0-9_=-]{60,})", "ATATT3"},
      {"figma", R"(\bfig[dour]_[A-Za-z0-9_-]{30,})", "fig[dour]_"},
      {"postman", R"(\bPMAK-[0-9a-f]{24}-[0-9a-f]{34})", "PMAK-"},
      {"stripe", R"(\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{24,})",
       "[sr]k_live_ [sr]k_test_ [sr]k_prod_ whsec_"},
      {"square", R"(\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,})", "sq0atp- sq0csp- sq0idp-"},
      {"shopify", R"(\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32})", "shpat_ shpca_ shppa_ shpss_"},
      {"sendgrid", R"(\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})", "SG."},
      {"mailchimp", R"(\b[0-9a-f]{32}-us[0-9]{1,2}\b)", "-us[0-9]", Hint::anywhere},
      {"twilio", R"(\bSK[0-9a-f]{32}\b)", "SK[0-9a-f]"},
      {"api-key", R"(\bsk-[A-Za-z0-9_-]{16,})", "sk-", Hint::word_start, PatternScope::exact_shape,
       has_digit},
      {"", R"(://[^\x00-\x20"'/?#@:\\]{0,100}:([^\x00-\x20"'/?#@\\]{1,300})@)", "://",
       Hint::credentials, PatternScope::exact_shape, is_value},

      // Words that say that a secret follows.
      {"", R"re((?i)\bauthorization)re" CHELA_ASSIGN R"re(["'\\]*([^"'\\\r\n]+))re",
       "authorization", Hint::assignment, kAssigned, is_value, Tail::line},
      {"", R"re((?i)\bcookie2?)re" CHELA_ASSIGN R"re(["'\\]*([^"'\\\r\n]+))re", "cookie cookie2",
       Hint::assignment, kAssigned, is_value, Tail::line},
      {"", R"re((?i)\b(?:bearer|basic|bot)[ \t]+([A-Za-z0-9._~+/=-]{8,}))re", "bearer basic bot",
       Hint::word_start, kAssigned, is_mixed},
      {"",
       R"re((?i)(?:password|passwd|passphrase|secret|token|api[_-]?key(?:[_-]?id)?|)re"
       R"re((?:private|access|secret|signing|encryption|master|shared|account)[_-]?key|)re"
       R"re(apca-api-key-id|kalshi-access-(?:key|signature)))re" CHELA_ASSIGN CHELA_VALUE,
       "password passwd passphrase secret token apikey api_key api-key apikeyid api_key_id "
       "api-key-id apikey_id apikey-id private_key private-key privatekey access_key access-key "
       "accesskey secret_key secret-key secretkey signing_key signing-key signingkey "
       "encryption_key encryption-key encryptionkey master_key master-key masterkey shared_key "
       "shared-key sharedkey account_key account-key accountkey kalshi-access-key "
       "kalshi-access-signature",
       Hint::assignment, kAssigned, is_value},
      {"", R"re([A-Z0-9]_(?:KEY|PASS|PWD|PAT|CREDENTIALS?)["']?[ \t]{0,4}[:=][ \t]*)re" CHELA_VALUE,
       "_KEY _PASS _PWD _PAT _CREDENTIAL _CREDENTIALS", Hint::assignment, kAssigned, is_value},
      {"",
       R"re(--[a-z-]{0,30}(?:key|token|secret|password|passwd|passphrase)["']?(?:[ \t]+|,[ \t]*)["']?)re"
       R"re(([^\x00-\x20"'&,;)}\]\\-][^\x00-\x20"'&,;)}\]\\]{5,}))re",
       "key token secret password passwd passphrase", Hint::flag, kAssigned, is_value},
      {"",
       R"re((?i)[?&](?:key|sig|signature|auth|code|x-amz-signature|x-goog-signature)=([^\x00-\x20"'&,;)}\]\\#<>]+))re",
       "[?&]key= [?&]sig= [?&]signature= [?&]auth= [?&]code= -signature=", Hint::anywhere,
       kAssigned, is_value},

      // What is no secret, but tells about a person or where the secrets are.
      {"reference", R"(\bop://[^\x00-\x20"'<>\\]+)", "op://", Hint::word_start, kPersonal},
      {"email", R"(\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+\b)", "",
       Hint::anywhere, kPersonal},
      {"card", R"(\b[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}\b)", "", Hint::anywhere,
       kPersonal, is_card_number},
      {"iban", R"(\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b)", "",
       Hint::anywhere, kPersonal, is_iban},
  };
  return kRows;
}

#undef CHELA_VALUE
#undef CHELA_ASSIGN

}  // namespace chela::services
