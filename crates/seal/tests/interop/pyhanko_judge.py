"""pyHanko as a judge: `verify FILE ROOTS [MOMENT]` prints each field and whether it holds,
`ltv FILE ROOTS MOMENT` judges the first signature by the file's own evidence and time stamps,
`sign FROM TO KEY CERTIFICATE FIELD cades|adobe LEFT` signs."""

import asyncio
import datetime
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager

# The certificates of the tests are valid around this time.
MOMENT = datetime.datetime(2026, 11, 22, 12, 0, 0, tzinfo=datetime.timezone.utc)


def certificates(path):
    with open(path, "rb") as file:
        return [x509.Certificate.load(der) for _, _, der in pem.unarmor(file.read(), multiple=True)]


def verify(path, roots, at=None):
    moment = datetime.datetime.fromisoformat(at.replace("Z", "+00:00")) if at else MOMENT
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        for signature in reader.embedded_signatures:
            context = ValidationContext(
                trust_roots=certificates(roots), moment=moment, allow_fetching=False, best_signature_time=moment
            )
            status = validate_pdf_signature(signature, context)
            print(signature.field_name, status.bottom_line)
            if not status.bottom_line:
                print(status.pretty_print_details(), file=sys.stderr)


def ltv(path, roots, at):
    moment = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    rule = RevocationCheckingRule.CHECK_IF_DECLARED
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=certificates(roots)),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
    )
    gathering = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, revinfo_gathering_policy=gathering))
    with open(path, "rb") as file:
        signature = PdfFileReader(file).embedded_regular_signatures[0]
        timing = ValidationTimingInfo(moment, moment, point_in_time_validation=True)
        result = asyncio.run(ades_lta_validation(signature, spec, timing))
        print(result.ades_subindic)
        if result.failure_msg:
            print(result.failure_msg, file=sys.stderr)


def sign(source, target, key, certificate, field, form, left):
    signer = signers.SimpleSigner.load(key, certificate)
    format = fields.SigSeedSubFilter.PADES if form == "cades" else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    with open(source, "rb") as file:
        writer = IncrementalPdfFileWriter(file)
        meta = signers.PdfSignatureMetadata(field_name=field, subfilter=format, md_algorithm="sha256")
        spec = fields.SigFieldSpec(field, on_page=1, box=(int(left), 10, int(left) + 50, 60))
        with open(target, "wb") as out:
            signers.PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(writer, output=out)


{"verify": verify, "ltv": ltv, "sign": sign}[sys.argv[1]](*sys.argv[2:])
