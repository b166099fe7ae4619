"""pyHanko as a judge: `verify FILE ROOTS [MOMENT]` prints each field and whether it holds,
`ltv FILE ROOTS MOMENT` judges the first signature by the file's own evidence and time stamps,
`sign FROM TO KEY CERTIFICATE FIELD cades|adobe LEFT` signs."""

import datetime
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import RevocationInfoValidationType, validate_pdf_ltv_signature, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

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
    with open(path, "rb") as file:
        signature = PdfFileReader(file).embedded_regular_signatures[0]
        status = validate_pdf_ltv_signature(
            signature,
            RevocationInfoValidationType.PADES_LTA,
            validation_context_kwargs={"trust_roots": certificates(roots), "moment": moment, "allow_fetching": False},
            force_revinfo=False,
        )
        print(status.bottom_line)
        if not status.bottom_line:
            print(status.pretty_print_details(), file=sys.stderr)


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
