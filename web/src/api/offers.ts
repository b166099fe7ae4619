// What can be applied for here, asked once a visit: several pages show it.

import { shallowRef } from 'vue'
import { api } from './client'
import type { Offer, OfferedMaterial, Kind, CertificateType } from './applications'

export const offers = shallowRef<Offer[] | null>(null)

export async function loadOffers(): Promise<Offer[]> {
  offers.value ??= (await api.get<{ offers: Offer[] }>('/application-offers')).offers
  return offers.value
}

export function offerOf(provider: string): Offer | undefined {
  return offers.value?.find((offer) => offer.provider === provider)
}

/** The papers for a kind and a certificate type; none for kinds that ask for no paper. */
export function materialsFor(offer: Offer | undefined, kind: Kind, type: CertificateType): OfferedMaterial[] {
  return (offer?.materials ?? []).filter((m) => (!m.types?.length || m.types.includes(type)) && (!m.kinds?.length || m.kinds.includes(kind)))
}

/** The fee for some years in 分; `null` where it is not offered. */
export function feeFor(offer: Offer | undefined, years: number): number | null {
  return offer?.years.find((y) => y.years === years)?.fee ?? null
}
